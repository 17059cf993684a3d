"""The words for the ratings of a minimum safe manning certificate."""

from zimao.kernel.text import Text, t

__all__ = ["DEPARTMENTS", "RATINGS"]

DEPARTMENTS: dict[str, Text] = {
    "deck": t("甲板部", "Deck"),
    "engine": t("轮机部", "Engine"),
    "radio": t("无线电", "Radio"),
}

RATINGS: dict[str, Text] = {
    "master": t("船长", "Master"),
    "chief_mate": t("大副", "Chief mate"),
    "second_mate": t("二副", "Second mate"),
    "third_mate": t("三副", "Third mate"),
    "able_seaman": t("值班水手", "Able seaman"),
    "chief_engineer": t("轮机长", "Chief engineer"),
    "second_engineer": t("大管轮", "Second engineer"),
    "third_engineer": t("二管轮", "Third engineer"),
    "fourth_engineer": t("三管轮", "Fourth engineer"),
    "motorman": t("值班机工", "Motorman"),
    "gmdss_operator": t("GMDSS无线电操作员", "GMDSS radio operator"),
}
