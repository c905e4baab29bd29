"""Emoji names as Slack uses them, for reactions and for texts without rich text. Pure.

Typed messages carry the character itself beside the name; only reactions and plain `text`
have names alone. The commonest are listed here; another name stays a name.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_TABLE = """
    +1 thumbsup=👍; -1 thumbsdown=👎; ok_hand=👌; wave=👋; clap=👏; raised_hands=🙌; pray=🙏;
    handshake=🤝; muscle=💪; point_up=☝️; point_right=👉; point_left=👈; point_down=👇;
    point_up_2=👆; v=✌️; crossed_fingers hand_with_index_and_middle_fingers_crossed=🤞; fist=✊;
    facepunch punch=👊; hand raised_hand=✋; writing_hand=✍️; open_hands=👐; palms_up_together=🤲;
    the_horns sign_of_the_horns=🤘; call_me_hand=🤙; eyes=👀; ear=👂; brain=🧠; nail_care=💅;
    selfie=🤳; middle_finger reversed_hand_with_middle_finger_extended=🖕; heart=❤️; orange_heart=🧡;
    yellow_heart=💛; green_heart=💚; blue_heart=💙; purple_heart=💜; black_heart=🖤; white_heart=🤍;
    brown_heart=🤎; broken_heart=💔; two_hearts=💕; sparkling_heart=💖; heartpulse=💗; heartbeat=💓;
    cupid=💘; gift_heart=💝; revolving_hearts=💞;
    heavy_heart_exclamation_mark_ornament heavy_heart_exclamation=❣️; kiss=💋;
    heart_on_fire=❤️‍🔥; grinning=😀; smiley=😃; smile=😄; grin=😁; laughing satisfied=😆;
    sweat_smile=😅; joy=😂; rolling_on_the_floor_laughing rofl=🤣;
    slightly_smiling_face simple_smile=🙂; upside_down_face=🙃; wink=😉; blush=😊; innocent=😇;
    smiling_face_with_3_hearts=🥰; heart_eyes=😍; star-struck grinning_face_with_star_eyes=🤩;
    kissing_heart=😘; kissing=😗; relaxed=☺️; kissing_smiling_eyes=😙; kissing_closed_eyes=😚;
    yum=😋; stuck_out_tongue=😛; stuck_out_tongue_winking_eye=😜; zany_face=🤪;
    stuck_out_tongue_closed_eyes=😝; money_mouth_face=🤑; hugging_face hugs=🤗;
    face_with_hand_over_mouth smiling_face_with_smiling_eyes_and_hand_covering_mouth=🤭;
    shushing_face=🤫; thinking_face=🤔; saluting_face=🫡; zipper_mouth_face=🤐;
    face_with_raised_eyebrow face_with_one_eyebrow_raised=🤨; neutral_face=😐; expressionless=😑;
    no_mouth=😶; smirk=😏; unamused=😒; face_with_rolling_eyes=🙄; grimacing=😬; lying_face=🤥;
    relieved=😌; pensive=😔; sleepy=😪; drooling_face=🤤; sleeping=😴; mask=😷;
    face_with_thermometer=🤒; face_with_head_bandage=🤕; nauseated_face=🤢; face_vomiting=🤮;
    sneezing_face=🤧; hot_face=🥵; cold_face=🥶; woozy_face=🥴; dizzy_face=😵;
    exploding_head shocked_face_with_exploding_head=🤯; face_with_cowboy_hat=🤠; partying_face=🥳;
    sunglasses=😎; nerd_face=🤓; face_with_monocle=🧐; confused=😕; worried=😟;
    slightly_frowning_face=🙁; white_frowning_face=☹️; open_mouth=😮; hushed=😯; astonished=😲;
    flushed=😳; pleading_face=🥺; frowning=😦; anguished=😧; fearful=😨; cold_sweat=😰;
    disappointed_relieved=😥; cry=😢; sob=😭; scream=😱; confounded=😖; persevere=😣; disappointed=😞;
    sweat=😓; weary=😩; tired_face=😫; yawning_face=🥱; triumph=😤; rage=😡; angry=😠;
    face_with_symbols_on_mouth serious_face_with_symbols_covering_mouth=🤬; smiling_imp=😈; imp=👿;
    skull=💀; hankey poop shit=💩; clown_face=🤡; ghost=👻; alien=👽; robot_face=🤖; melting_face=🫠;
    see_no_evil=🙈; hear_no_evil=🙉; speak_no_evil=🙊; cat=🐱; dog=🐶; monkey_face=🐵; unicorn_face=🦄;
    bug=🐛; bee honeybee=🐝; turtle=🐢; shrug=🤷; face_palm=🤦; raising_hand=🙋; bow=🙇; no_good=🙅;
    ok_woman=🙆; dancer=💃; runner running=🏃; bust_in_silhouette=👤; busts_in_silhouette=👥; tada=🎉;
    confetti_ball=🎊; balloon=🎈; gift=🎁; birthday=🎂; trophy=🏆; first_place_medal=🥇;
    medal sports_medal=🏅; dart=🎯; fire=🔥; sparkles=✨; star=⭐; star2=🌟; zap=⚡; boom collision=💥;
    100=💯; dizzy=💫; rocket=🚀; rainbow=🌈; sunny=☀️; cloud=☁️; umbrella=☔; snowflake=❄️;
    snowman=⛄; rose=🌹; tulip=🌷; sunflower=🌻; four_leaf_clover=🍀; seedling=🌱; coffee=☕; tea=🍵;
    beer=🍺; beers=🍻; wine_glass=🍷; clinking_glasses=🥂; champagne=🍾; pizza=🍕; cake=🍰; cookie=🍪;
    apple=🍎; hamburger=🍔; popcorn=🍿; doughnut=🍩; avocado=🥑; earth_africa=🌍; earth_americas=🌎;
    earth_asia=🌏; house=🏠; office=🏢; white_check_mark=✅; heavy_check_mark=✔️;
    ballot_box_with_check=☑️; x=❌; negative_squared_cross_mark=❎; heavy_plus_sign=➕;
    heavy_minus_sign=➖; question=❓; grey_question=❔; exclamation heavy_exclamation_mark=❗;
    grey_exclamation=❕; bangbang=‼️; interrobang=⁉️; warning=⚠️; no_entry=⛔; no_entry_sign=🚫;
    sos=🆘; stop_sign octagonal_sign=🛑; recycle=♻️; new=🆕; ok=🆗; up=🆙; cool=🆒; free=🆓;
    information_source=ℹ️; red_circle=🔴; large_blue_circle=🔵; large_green_circle=🟢;
    large_yellow_circle=🟡; large_orange_circle=🟠; white_circle=⚪; black_circle=⚫; arrow_right=➡️;
    arrow_left=⬅️; arrow_up=⬆️; arrow_down=⬇️; arrow_forward=▶️; arrows_counterclockwise=🔄;
    leftwards_arrow_with_hook=↩️; arrow_right_hook=↪️; memo pencil=📝; pencil2=✏️;
    email envelope=✉️; e-mail=📧; incoming_envelope=📨; inbox_tray=📥; outbox_tray=📤; package=📦;
    mailbox=📫; paperclip=📎; link=🔗; pushpin=📌; round_pushpin=📍; calendar=📆; date=📅; clock1=🕐;
    alarm_clock=⏰; hourglass=⌛; hourglass_flowing_sand=⏳; stopwatch=⏱️; phone telephone=☎️;
    telephone_receiver=📞; iphone=📱; computer=💻; desktop_computer=🖥️; keyboard=⌨️; printer=🖨️;
    camera=📷; video_camera=📹; microphone=🎤; studio_microphone=🎙️; headphones=🎧; musical_note=🎵;
    notes=🎶; loud_sound=🔊; bell=🔔; no_bell=🔕; mega=📣; loudspeaker=📢; speech_balloon=💬;
    thought_balloon=💭; lock=🔒; unlock=🔓; key=🔑; mag=🔍; bulb=💡; wrench=🔧; hammer=🔨; gear=⚙️;
    hammer_and_wrench=🛠️; moneybag=💰; dollar=💵; euro=💶; credit_card=💳; receipt=🧾;
    shopping_trolley shopping_cart=🛒; shopping_bags=🛍️; truck=🚚; car red_car=🚗; bike=🚲;
    airplane=✈️; ship=🚢; train=🚋; bus=🚌; house_with_garden=🏡; school=🏫; hospital=🏥; bank=🏦;
    hotel=🏨; factory=🏭; chart_with_upwards_trend=📈; chart_with_downwards_trend=📉; bar_chart=📊;
    clipboard=📋; page_facing_up=📄; file_folder=📁; open_file_folder=📂; wastebasket=🗑️; book=📖;
    books=📚; soccer=⚽; basketball=🏀; football=🏈; tennis=🎾; video_game=🎮; art=🎨; movie_camera=🎥;
    film_frames=🎞️; frame_with_picture=🖼️; ticket=🎫; christmas_tree=🎄; jack_o_lantern=🎃; egg=🥚;
    crown=👑; gem=💎; ring=💍; eyeglasses=👓; dark_sunglasses=🕶️; shirt tshirt=👕; shoe mans_shoe=👞;
    man=👨; woman=👩; boy=👦; girl=👧; baby=👶; family=👪; couple=👫; cop=👮; santa=🎅;
    technologist=🧑‍💻
"""

_TONES = {2: "\U0001f3fb", 3: "\U0001f3fc", 4: "\U0001f3fd", 5: "\U0001f3fe", 6: "\U0001f3ff"}
_TINTED = re.compile("[\U0001f3fb-\U0001f3ff]")
_TAKES_TONE = frozenset(
    "👍👎👌👋👏🙌🙏🤝💪☝👉👈👇👆✌🤞✊👊✋✍👐🤲🤘🤙👂💅🤳🖕🤷🤦🙋🙇🙅🙆💃🏃👨👩👦👧👶👮🎅🧑"
)
_FLAG = re.compile(r"flag-([a-z])([a-z])")
_SHORT_FLAGS = frozenset({"cn", "de", "es", "fr", "gb", "it", "jp", "kr", "ru", "us"})
_SHIFT = 0x1F1E6 - ord("a")


def _entries() -> list[tuple[list[str], str]]:
    pairs = [entry.strip().partition("=") for entry in re.split("[;\n]", _TABLE) if entry.strip()]
    return [(names.split(), shown) for names, _, shown in pairs]


_PICTURES = {name: shown for names, shown in _entries() for name in names}


def picture(name: str) -> str | None:
    """The character of an emoji name (with or without `::skin-tone-3`); None for one we don't know."""
    if name in _PICTURES:
        return _PICTURES[name]
    base, _, tone = name.partition("::skin-tone-")
    shown = _PICTURES.get(base) or _flag(base)
    return tinted(shown, int(tone)) if shown and tone in {"2", "3", "4", "5", "6"} else shown


def allowed(name: str, takes: Collection[str]) -> str | None:
    """The emoji of that name as a network writes it, which takes these only (empty: any); else None.

    A skin tone or a variation sign more or less is the same emoji.
    """
    shown = picture(name)
    if shown is None or not takes:
        return shown
    return next((each for each in takes if _plain(each) == _plain(shown)), None)


def _plain(shown: str) -> str:
    return _TINTED.sub("", shown).replace("\ufe0f", "")


def _flag(name: str) -> str | None:
    if len(name) not in {2, 7}:
        return None
    found = _FLAG.fullmatch(f"flag-{name}" if name in _SHORT_FLAGS else name)
    return "".join(chr(ord(letter) + _SHIFT) for letter in found.groups()) if found else None


def tinted(shown: str, tone: int) -> str:
    """The character in a skin tone from 2 to 6, where it takes one."""
    if tone not in _TONES or _TINTED.search(shown) or shown[:1] not in _TAKES_TONE:
        return shown
    return shown[0] + _TONES[tone] + shown[1:].removeprefix("\ufe0f")
