"""Detriments to plant: what a refusal may cost."""

import time
from collections.abc import Callable, Mapping

from tests.portals.generated_board import BUTTONS, FUNCTIONS, GeneratedBoard, Reply, Visit
from tests.portals.planting import Plant, answered, changed


def _style(css: str) -> Plant:
    return changed(lambda board, visit, page: f"{page}<style>{css}</style>")


def _refusing(change: Callable[[str, str], str]) -> Plant:
    """`change` is given the refusing button and its words, and gives what stands in its place."""

    def altered(board: GeneratedBoard, visit: Visit, page: str) -> str:
        words = BUTTONS[visit.language][board.labels][1]
        button = f'<button class="answer" name="consent" value="refuse">{words}</button>'
        return page.replace(button, change(button, words))

    return changed(altered)


def _beside(words: Mapping[str, str]) -> Plant:
    return changed(
        lambda board, visit, page: page.replace(
            '<p class="answers">', f'<p>{words[visit.language]}</p><p class="answers">'
        )
    )


def _added(words: Mapping[str, str]) -> Plant:
    return answered(lambda visit, page: f"{page}<p>{words[visit.language]}</p>")


def _slow(visit: Visit, page: str) -> str:
    time.sleep(3)
    return page


def _queue(agreeing: int, refusing: int) -> Plant:
    def plant(board: GeneratedBoard, screen: str) -> None:
        def place(visit: Visit, at: str, page: str) -> str:
            if at != screen:
                return page
            number = (refusing if visit.sent["consent"] == "refuse" else agreeing) + visit.number
            words = (
                f"あなたの順番は {number} 番目です。"
                if visit.language == "ja"
                else f"You are number {number} in the queue."
            )
            return f"{page}<p>{words}</p>"

        board.answers.append(place)

    return plant


def _closed_later(change: Callable[[Visit, str], str]) -> Plant:
    """What is shown of a screen to whom refused on another one."""

    def plant(board: GeneratedBoard, screen: str) -> None:
        if len(board.screens) == 1:
            board.screens = (*board.screens, next(name for name in FUNCTIONS if name != screen))
        other = next(name for name in board.screens if name != screen)
        board.changes.append(
            lambda visit, at, page: change(visit, page)
            if at == screen and visit.session.answers.get(other) == "refuse" else page
        )  # fmt: skip

    return plant


def _link_for_agreeing(board: GeneratedBoard, screen: str) -> None:
    board.pages["/seminar"] = lambda visit: "<h1>特別セミナー</h1>"
    board.changes.append(
        lambda visit, at, page: page + (
            '<a href="/seminar">特別セミナー</a>'
            if at == screen and visit.session.answers.get(screen) == "accept" else ""
        )
    )  # fmt: skip


DETRIMENTS: Mapping[str, Plant] = {
    "function refused": answered(lambda visit, page: "<p>ご利用いただけません。</p>"),
    "status 403": answered(lambda visit, page: Reply(page, 403)),
    "no way to refuse": _refusing(lambda button, words: ""),
    "sent back": answered(lambda visit, page: Reply("", 303, {}, visit.path)),
    "asked once more": answered(
        lambda visit, page: f'<p>本当によろしいですか。</p><form method="post" action="{visit.path}"><button name="sure">はい</button></form>'
    ),
    "asked once more in a window": _refusing(
        lambda button, words: button.replace("<button", "<button onclick=\"return confirm('?')\"")
    ),
    "slow": answered(_slow),
    "button that waits": _refusing(
        lambda button, words: button.replace("<button", "<button disabled id=no")
        + "<script>setTimeout(() => no.disabled = false, 4000)</script>"
    ),
    "small": _style("[value=refuse]{font-size:9px !important;padding:0 !important}"),
    "pale": _style("[value=refuse]{color:#bbb !important;background:#ddd !important;border:0 !important}"),
    "no button but words": _style(
        "[value=refuse]{background:none !important;border:0 !important;color:inherit !important;padding:0 !important}"
        "[value=accept]{background:#06c !important;color:#fff !important}"
    ),
    "agreeing in large letters": _style("[value=accept]{font-size:2.2em !important;padding:1em 3em !important}"),
    "far below": _refusing(lambda button, words: f'<div style="height:1500px"></div>{button}'),
    "folded away": _refusing(lambda button, words: f"<details><summary>その他</summary>{button}</details>"),
    "not reached by key": _refusing(lambda button, words: button.replace("<button", '<button tabindex="-1"')),
    "shaming button": _refusing(lambda button, words: button.replace(words, "いいえ、内定のチャンスを逃してもかまいません")),
    "shaming words beside": _beside({
        "ja": "同意しない方は、企業からの評価の機会を失い、後悔するかもしれません。",
        "en": "If you do not agree you will miss your chance and may regret it.",
    }),
    "shaming words after": _added({"ja": "残念です。あなたは大切な機会を逃しました。", "en": "What a pity: you missed a great chance."}),
    "reward beside": _beside({"ja": "同意すると、500ポイントをプレゼントします。", "en": "Agree and get 500 points as a gift."}),
    "reward in the button": changed(
        lambda board, visit, page: page.replace(BUTTONS[visit.language][board.labels][0] + "</button>", {
            "ja": "同意して特典を受け取る</button>", "en": "Agree and get your coupon</button>"}[visit.language])
    ),
    "reward after": lambda board, screen: board.answers.append(
        lambda visit, at, page: page + "<p>特典として抽選券を差し上げます。 You win a voucher.</p>"
        if at == screen and visit.sent["consent"] == "accept" else page
    ),
    "place in a queue": _queue(10, 300),
    "place at the end": _added({"ja": "ご案内は、同意した方の後になります。", "en": "Others who agreed are served before you."}),
    "days to wait": _added({"ja": "受付の結果は、7日後にお知らせします。", "en": "You will hear from us in 7 days."}),
    "fewer companies": _added({"ja": "エントリーできる企業は3社までに制限されます。", "en": "You are limited to 3 companies."}),
    "later function closed": _closed_later(lambda visit, page: "<p>この機能は利用できません。</p>"),
    "later function without its form": _closed_later(lambda visit, page: page.replace("<form", "<div").replace("</form", "</div")),
    "later page for agreeing only": _link_for_agreeing,
    "asked again and again": changed(
        lambda board, visit, page: page.replace("<h1>", '<dialog open data-again>同意しませんか。</dialog><h1>', 1)
        if "refuse" in visit.session.answers.values() else page
    ),
    "more to fill in": _refusing(
        lambda button, words: '<input name="why" id="why">' + button.replace("<button", '<button onclick="why.required = true"')
    ),
}  # fmt: skip
