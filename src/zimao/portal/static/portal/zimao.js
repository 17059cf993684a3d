// behaviour of every page
