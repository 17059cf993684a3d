// The BPMN diagram with the live positions. The list of steps below it says the same in words.

const STATES = ["done", "active", "overdue", "waiting", "cancelled"];

async function text(address) {
  const answer = await fetch(address, { headers: { Accept: "application/xml" } });
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return answer.text();
}

/** The positions stand in the page itself; a process without a case has none. */
function positionsOf(place) {
  const kept = document.getElementById(place.dataset.positions ?? "");
  return kept ? JSON.parse(kept.textContent) : {};
}

/** A state is a colour and a sign. */
function mark(viewer, positions) {
  const registry = viewer.get("elementRegistry");
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  for (const [key, found] of Object.entries(positions)) {
    if (!registry.get(key) || !STATES.includes(found.state)) continue;
    canvas.addMarker(key, `is-${found.state}`);
    // a timer at the edge of a step says something only once it has gone off
    if (registry.get(key).type === "bpmn:BoundaryEvent" && found.state !== "done") continue;
    const sign = document.createElement("span");
    sign.className = `diagram-mark diagram-mark-${found.state}`;
    sign.title = found.words;
    sign.textContent = found.sign;
    overlays.add(key, "state", { position: { top: -10, left: -10 }, html: sign });
  }
}

const LEGIBLE = 0.5;
const PACE = 120;

/** The wheel moves the page until the diagram was clicked; a finger moves the diagram sideways and the page up and down. */
function letThePageScroll(viewer, place) {
  const wheel = viewer.get("zoomScroll");
  const canvas = viewer.get("canvas");
  wheel.toggle(false);
  let last = null;
  place.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") last = event.clientX;
    else wheel.toggle(true);
  });
  place.addEventListener("pointermove", (event) => {
    if (last === null || event.pointerType !== "touch") return;
    canvas.scroll({ dx: event.clientX - last, dy: 0 });
    last = event.clientX;
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    place.addEventListener(end, (event) => {
      last = null;
      if (event.type === "pointerleave") wheel.toggle(false);
    });
  }
}

/** The whole diagram, as large as the place allows. */
function fit(canvas) {
  canvas.zoom("fit-viewport", "auto");
}

/** Bring the first step that is being worked on into the middle. */
function goHere(viewer, positions) {
  const registry = viewer.get("elementRegistry");
  const canvas = viewer.get("canvas");
  // what is overdue first; steps of people before gateways
  const weight = (key) => (positions[key].state === "overdue" ? 0 : 2) + (registry.get(key).type === "bpmn:UserTask" ? 0 : 1);
  const active = Object.keys(positions).filter((key) => ["overdue", "active"].includes(positions[key].state) && registry.get(key));
  const element = registry.get(active.sort((one, other) => weight(one) - weight(other))[0]);
  if (!element) return fit(canvas);
  canvas.zoom(0.8);
  const box = canvas.viewbox();
  const x = element.x + element.width / 2 - box.width / 2;
  canvas.viewbox({ ...box, x, y: element.y + element.height / 2 - box.height / 2 });
}

async function draw(place) {
  const positions = positionsOf(place);
  const xml = await text(place.dataset.diagram);
  place.hidden = false;
  const viewer = new window.BpmnJS({ container: place.querySelector("[data-canvas]") });
  await viewer.importXML(xml);
  mark(viewer, positions);
  const canvas = viewer.get("canvas");
  fit(canvas);
  const actions = {
    in: () => canvas.zoom(canvas.zoom() * 1.25),
    out: () => canvas.zoom(canvas.zoom() / 1.25),
    fit: () => fit(canvas),
    here: () => goHere(viewer, positions),
    left: () => canvas.scroll({ dx: PACE, dy: 0 }),
    right: () => canvas.scroll({ dx: -PACE, dy: 0 }),
    up: () => canvas.scroll({ dx: 0, dy: PACE }),
    down: () => canvas.scroll({ dx: 0, dy: -PACE }),
  };
  letThePageScroll(viewer, place.querySelector("[data-canvas]"));
  place.addEventListener("click", (event) => actions[event.target.closest("[data-zoom]")?.dataset.zoom]?.());
  if (canvas.zoom() < LEGIBLE && place.dataset.positions) goHere(viewer, positions);
  // the project's mark is a link inside a part that is hidden from screen readers: it must not take the keyboard focus
  for (const link of place.querySelectorAll("[data-canvas] a, [data-canvas] [tabindex]")) link.tabIndex = -1;
}

for (const place of document.querySelectorAll("[data-diagram]")) {
  draw(place).catch((error) => {
    console.error(error);
    place.hidden = true;
    const words = place.parentElement.querySelector(".diagram-problem");
    words.textContent = place.dataset.failed;
    words.hidden = false;
    place.parentElement.querySelector("details.case-lanes").open = true;
  });
}
