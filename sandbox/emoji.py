"""The emoji names the stand-in knows, with their characters; Slack's spelling."""

import re
import unicodedata

_TABLE = """
+1=👍 thumbsup=👍 -1=👎 thumbsdown=👎 100=💯 alarm_clock=⏰ angry=😠 apple=🍎
arrow_down=⬇️ arrow_left=⬅️ arrow_right=➡️ arrow_up=⬆️ arrows_counterclockwise=🔄
astonished=😲 balloon=🎈 ballot_box_with_check=☑️ beer=🍺 bell=🔔 birthday=🎂
black_circle=⚫ blue_heart=💙 blush=😊 bomb=💣 book=📖 books=📚 boom=💥 bow=🙇
broken_heart=💔 bug=🐛 bulb=💡 bust_in_silhouette=👤 busts_in_silhouette=👥 cactus=🌵
cake=🍰 calendar=📆 camera=📷 cat=🐱 chart_with_upwards_trend=📈 checkered_flag=🏁
cherry_blossom=🌸 clap=👏 clipboard=📋 clock1=🕐 closed_book=📕 cloud=☁️ coffee=☕
cold_sweat=😰 computer=💻 confetti_ball=🎊 confused=😕 construction=🚧 cookie=🍪
cool=🆒 credit_card=💳 crossed_fingers=🤞 cry=😢 crying_cat_face=😿 dart=🎯
disappointed=😞 dizzy=💫 dizzy_face=😵 dog=🐶 door=🚪 e-mail=📧 email=✉️ envelope=✉️
ear=👂 earth_africa=🌍 exclamation=❗ eye=👁️ eyes=👀 face_with_rolling_eyes=🙄
facepunch=👊 fast_forward=⏩ file_folder=📁 film_frames=🎞️ fire=🔥 fish=🐟 flushed=😳
frame_with_picture=🖼️ frowning=😦 gem=💎 ghost=👻 gift=🎁 globe_with_meridians=🌐
green_heart=💚 grey_question=❔ grey_exclamation=❕ grimacing=😬 grin=😁 grinning=😀
hammer=🔨 handshake=🤝 hammer_and_wrench=🛠️ hand=✋ raised_hand=✋ hankey=💩 heart=❤️
heart_eyes=😍 heartbeat=💓 heavy_check_mark=✔️ heavy_minus_sign=➖
heavy_multiplication_x=✖️ heavy_plus_sign=➕ hourglass=⌛ hourglass_flowing_sand=⏳
house=🏠 hugging_face=🤗 hushed=😯 id=🆔 inbox_tray=📥 incoming_envelope=📨
information_source=ℹ️ innocent=😇 interrobang=⁉️ joy=😂 key=🔑 kiss=💋
kissing_heart=😘 label=🏷️ large_blue_circle=🔵 large_green_circle=🟢
large_orange_circle=🟠 large_purple_circle=🟣 large_red_square=🟥
large_yellow_circle=🟡 large_brown_circle=🟤 laughing=😆 satisfied=😆
leftwards_arrow_with_hook=↩️ arrow_right_hook=↪️ link=🔗 lock=🔒 loudspeaker=📢
mag=🔍 mag_right=🔎 mailbox=📫 mailbox_with_mail=📬 mask=😷 mega=📣 memo=📝 pencil=📝
microphone=🎤 money_with_wings=💸 moneybag=💰 moon=🌔 muscle=💪 musical_note=🎵 mute=🔇
neutral_face=😐 new=🆕 no_bell=🔕 no_entry=⛔ no_entry_sign=🚫 no_mouth=😶 notebook=📓
o=⭕ octagonal_sign=🛑 ok=🆗 ok_hand=👌 one=1️⃣ open_file_folder=📂 open_mouth=😮
orange_heart=🧡 outbox_tray=📤 package=📦 page_facing_up=📄 page_with_curl=📃
paperclip=📎 partying_face=🥳 tada=🎉 pensive=😔 phone=☎️ telephone_receiver=📞
pizza=🍕 point_down=👇 point_left=👈 point_right=👉 point_up=☝️ point_up_2=👆
postbox=📮 pray=🙏 purple_heart=💜 pushpin=📌 question=❓ rabbit=🐰 rage=😡 rainbow=🌈
raised_hands=🙌 raising_hand=🙋 receipt=🧾 recycle=♻️ red_circle=🔴 relaxed=☺️
relieved=😌 repeat=🔁 rewind=⏪ robot_face=🤖 rocket=🚀 rose=🌹 rotating_light=🚨
round_pushpin=📍 runner=🏃 saluting_face=🫡 scream=😱 see_no_evil=🙈 seedling=🌱
shield=🛡️ ship=🚢 shopping_trolley=🛒 shrug=🤷 simple_smile=🙂 skull=💀 sleeping=😴
sleepy=😪 slightly_frowning_face=🙁 slightly_smiling_face=🙂 smile=😄 smile_cat=😸
smiley=😃 smiling_face_with_3_hearts=🥰 smirk=😏 snail=🐌 snowflake=❄️ sob=😭 sos=🆘
sparkles=✨ sparkling_heart=💖 speech_balloon=💬 speaker=🔈 star=⭐ star-struck=🤩
star2=🌟 stopwatch=⏱️ stuck_out_tongue=😛 stuck_out_tongue_winking_eye=😜
studio_microphone=🎙️ sun_with_face=🌞 sunflower=🌻 sunglasses=😎 sunny=☀️ sweat=😓
sweat_smile=😅 tea=🍵 thinking_face=🤔 thought_balloon=💭 three=3️⃣ tired_face=😫
toolbox=🧰 triangular_flag_on_post=🚩 trophy=🏆 truck=🚚 twisted_rightwards_arrows=🔀
two=2️⃣ two_hearts=💕 umbrella=☔ unamused=😒 unlock=🔓 upside_down_face=🙃 v=✌️
vibration_mode=📳 warning=⚠️ wastebasket=🗑️ watch=⌚ wave=👋 weary=😩 whale=🐳
white_check_mark=✅ white_circle=⚪ white_heart=🤍 wink=😉 woman=👩 man=👨 worried=😟
wrench=🔧 x=❌ yellow_heart=💛 yum=😋 zap=⚡ zipper_mouth_face=🤐 zzz=💤 black_heart=🖤
zany_face=🤪 exploding_head=🤯 pleading_face=🥺 melting_face=🫠 nerd_face=🤓
face_with_monocle=🧐 rolling_on_the_floor_laughing=🤣 hot_face=🥵 cold_face=🥶
face_palm=🤦 ladybug=🐞 turtle=🐢 four=4️⃣ five=5️⃣ six=6️⃣ seven=7️⃣ eight=8️⃣
nine=9️⃣ zero=0️⃣ keycap_ten=🔟 flag-de=🇩🇪 flag-gb=🇬🇧 gb=🇬🇧 us=🇺🇸 flag-us=🇺🇸
de=🇩🇪 fr=🇫🇷 flag-fr=🇫🇷 flag-hr=🇭🇷 flag-ua=🇺🇦 it=🇮🇹 es=🇪🇸
hand_with_index_and_middle_fingers_crossed=🤞 fist=✊ punch=👊 writing_hand=✍️
open_hands=👐 palms_up_together=🤲 the_horns=🤘 sign_of_the_horns=🤘 call_me_hand=🤙
brain=🧠 nail_care=💅 selfie=🤳 middle_finger=🖕
reversed_hand_with_middle_finger_extended=🖕 brown_heart=🤎 heartpulse=💗 cupid=💘
gift_heart=💝 revolving_hearts=💞 heavy_heart_exclamation_mark_ornament=❣️
heart_on_fire=❤️‍🔥 rofl=🤣 grinning_face_with_star_eyes=🤩 kissing=😗
kissing_smiling_eyes=😙 kissing_closed_eyes=😚 stuck_out_tongue_closed_eyes=😝
money_mouth_face=🤑 face_with_hand_over_mouth=🤭
smiling_face_with_smiling_eyes_and_hand_covering_mouth=🤭 shushing_face=🤫
face_with_raised_eyebrow=🤨 face_with_one_eyebrow_raised=🤨 expressionless=😑
lying_face=🤥 drooling_face=🤤 face_with_thermometer=🤒 face_with_head_bandage=🤕
nauseated_face=🤢 face_vomiting=🤮 sneezing_face=🤧 woozy_face=🥴
shocked_face_with_exploding_head=🤯 face_with_cowboy_hat=🤠 white_frowning_face=☹️
anguished=😧 fearful=😨 disappointed_relieved=😥 confounded=😖 persevere=😣
yawning_face=🥱 triumph=😤 face_with_symbols_on_mouth=🤬
serious_face_with_symbols_covering_mouth=🤬 smiling_imp=😈 imp=👿 poop=💩 shit=💩
clown_face=🤡 alien=👽 hear_no_evil=🙉 speak_no_evil=🙊 monkey_face=🐵 unicorn_face=🦄
bee=🐝 honeybee=🐝 no_good=🙅 ok_woman=🙆 dancer=💃 running=🏃 first_place_medal=🥇
medal=🎖️ sports_medal=🏅 collision=💥 snowman=☃️ tulip=🌷 four_leaf_clover=🍀
beers=🍻 wine_glass=🍷 clinking_glasses=🥂 champagne=🍾 hamburger=🍔 popcorn=🍿
doughnut=🍩 avocado=🥑 earth_americas=🌎 earth_asia=🌏 office=🏢
negative_squared_cross_mark=❎ heavy_exclamation_mark=❗ bangbang=‼️ up=🆙 free=🆓
arrow_forward=▶️ pencil2=✏️ date=📅 telephone=☎️ iphone=📱 desktop_computer=🖥️
keyboard=⌨️ printer=🖨️ video_camera=📹 headphones=🎧 notes=🎶 loud_sound=🔊 gear=⚙️
dollar=💵 euro=💶 shopping_bags=🛍️ car=🚗 red_car=🚗 bike=🚲 airplane=✈️ train=🚋
bus=🚌 house_with_garden=🏡 school=🏫 hospital=🏥 bank=🏦 hotel=🏨 factory=🏭
chart_with_downwards_trend=📉 bar_chart=📊 soccer=⚽ basketball=🏀 football=🏈
tennis=🎾 video_game=🎮 art=🎨 movie_camera=🎥 ticket=🎫 christmas_tree=🎄
jack_o_lantern=🎃 egg=🥚 crown=👑 ring=💍 eyeglasses=👓 dark_sunglasses=🕶️ shirt=👕
tshirt=👕 shoe=👞 mans_shoe=👞 boy=👦 girl=👧 baby=👶 family=👪 couple=👫 cop=👮 santa=🎅
bouquet=💐 leaves=🍃 santa=🎅
"""

CHARACTERS: dict[str, str] = dict(entry.split("=", 1) for entry in _TABLE.split())
_NAMES: dict[str, str] = {}
for _name, _character in CHARACTERS.items():
    _NAMES.setdefault(_character, _name)
    _NAMES.setdefault(_character.replace("\ufe0f", ""), _name)
_TONES = {chr(0x1F3FB + i): f"skin-tone-{i + 2}" for i in range(5)}

# One picture: a flag, a keycap, or pictographs held together by joiners; with variation and skin tone.
_SIGNS = "\u00a9\u00ae\u203c\u2049\u2139\u2190-\u21ff\u231a-\u23ff\u25aa-\u27bf\u2934-\u2b55"
_PART = f"[{_SIGNS}\U0001f000-\U0001faff]"
_TONE = "[\U0001f3fb-\U0001f3ff]"
_ONE = f"{_PART}\ufe0f?{_TONE}?"
PICTURE = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_ONE}(?:\u200d{_ONE})*")
CODE = re.compile(r":([a-z0-9_+'-]{1,100})(?:::(skin-tone-[2-6]))?:")
_BY_DEFAULT_TEXT = re.compile("[\u00a9\u00ae\u2190-\u21ff\u2600-\u27bf]")


def is_known(name: str) -> bool:
    """Whether a reaction may bear this name (a skin tone may follow after two colons)."""
    base, _, tone = name.partition("::")
    return base in CHARACTERS and (not tone or re.fullmatch(r"skin-tone-[2-6]", tone) is not None)


def code_of(picture: str) -> str:
    """Return `:name:` for a picture as people type it."""
    tone = next((f":{_TONES[c]}:" for c in picture if c in _TONES), "")
    plain = "".join(c for c in picture if c not in _TONES)
    name = _NAMES.get(plain) or _NAMES.get(plain.replace("\ufe0f", "")) or _described(plain)
    return f":{name}:{tone}" if name else picture


def element(name: str, tone: str | None) -> dict[str, str]:
    """Return the rich text element of an emoji; `unicode` is missing for a custom one."""
    found = {"type": "emoji", "name": f"{name}::{tone}" if tone else name}
    if name in CHARACTERS:
        points = [f"{ord(c):x}" for c in CHARACTERS[name]]
        if tone:
            points.append(f"{0x1F3FB + int(tone[-1]) - 2:x}")
        found["unicode"] = "-".join(points)
    return found


def _described(picture: str) -> str:
    """Make up a name for a picture the table lacks, and remember both."""
    if len(picture) == 1 and _BY_DEFAULT_TEXT.match(picture):
        return ""
    words = unicodedata.name(picture[0], "")
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    if len(picture) > 1:
        name += "".join(f"_{ord(c):x}" for c in picture[1:] if c not in "\u200d\ufe0f")
    if name:
        CHARACTERS.setdefault(name, picture)
        _NAMES.setdefault(picture, name)
    return name
