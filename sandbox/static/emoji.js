// Emoji by their usual short names (the names are those people type between colons).

const TABLE = `
smile 😄|smiley 😃|grinning 😀|grin 😁|laughing,satisfied 😆|sweat_smile 😅|joy 😂|rolling_on_the_floor_laughing,rofl 🤣
blush 😊|innocent 😇|slightly_smiling_face 🙂|upside_down_face 🙃|wink 😉|relieved 😌|heart_eyes 😍|smiling_face_with_3_hearts 🥰
kissing_heart 😘|yum 😋|stuck_out_tongue 😛|stuck_out_tongue_winking_eye 😜|zany_face 🤪|sunglasses 😎|star-struck 🤩|partying_face 🥳
smirk 😏|unamused 😒|disappointed 😞|pensive 😔|worried 😟|confused 😕|slightly_frowning_face 🙁|frowning 😦|persevere 😣|confounded 😖
tired_face 😫|weary 😩|pleading_face 🥺|cry 😢|sob 😭|triumph 😤|angry 😠|rage 😡|face_with_symbols_on_mouth 🤬|exploding_head 🤯
flushed 😳|hot_face 🥵|cold_face 🥶|scream 😱|fearful 😨|cold_sweat 😰|sweat 😓|hugging_face 🤗|thinking_face,thinking 🤔|shushing_face 🤫
lying_face 🤥|no_mouth 😶|neutral_face 😐|expressionless 😑|grimacing 😬|face_with_rolling_eyes,rolling_eyes 🙄|hushed 😯|open_mouth 😮
astonished 😲|yawning_face 🥱|sleeping 😴|sleepy 😪|dizzy_face 😵|zipper_mouth_face 🤐|nauseated_face 🤢|sneezing_face 🤧|mask 😷
nerd_face 🤓|face_with_monocle 🧐|robot_face 🤖|ghost 👻|skull 💀|alien 👽|poop,hankey 💩|see_no_evil 🙈|hear_no_evil 🙉|speak_no_evil 🙊
+1,thumbsup 👍|-1,thumbsdown 👎|ok_hand 👌|v ✌️|crossed_fingers 🤞|wave 👋|raised_hand,hand ✋|raised_hands 🙌|clap 👏|pray 🙏|muscle 💪
point_up ☝️|point_up_2 👆|point_down 👇|point_left 👈|point_right 👉|handshake 🤝|writing_hand ✍️|eyes 👀|eye 👁️|facepunch,punch 👊
bust_in_silhouette 👤|busts_in_silhouette 👥|speaking_head_in_silhouette 🗣️|technologist 🧑‍💻|shrug 🤷|face_palm 🤦|man-shrugging 🤷‍♂️|woman-shrugging 🤷‍♀️
heart ❤️|orange_heart 🧡|yellow_heart 💛|green_heart 💚|blue_heart 💙|purple_heart 💜|black_heart 🖤|white_heart 🤍|broken_heart 💔|two_hearts 💕|sparkling_heart 💖
100 💯|fire 🔥|sparkles ✨|star ⭐|star2 🌟|zap ⚡|boom,collision 💥|dizzy 💫|tada 🎉|confetti_ball 🎊|balloon 🎈|gift 🎁|trophy 🏆|medal 🏅
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|warning ⚠️|no_entry ⛔|no_entry_sign 🚫
question ❓|grey_question ❔|exclamation,heavy_exclamation_mark ❗|grey_exclamation ❕|bangbang ‼️|interrobang ⁉️|information_source ℹ️|sos 🆘|recycle ♻️
red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|large_purple_circle 🟣|large_brown_circle 🟤|white_circle ⚪|black_circle ⚫
large_red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨|large_green_square 🟩|large_blue_square 🟦|large_purple_square 🟪|white_large_square ⬜|black_large_square ⬛
small_blue_diamond 🔹|small_orange_diamond 🔸|radio_button 🔘|arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrows_counterclockwise 🔄|leftwards_arrow_with_hook ↩️
arrow_right_hook ↪️|fast_forward ⏩|rewind ⏪|arrow_forward ▶️|double_vertical_bar ⏸️|heavy_plus_sign ➕|heavy_minus_sign ➖|hash #️⃣
zzz 💤|alarm_clock ⏰|stopwatch ⏱️|timer_clock ⏲️|hourglass ⌛|hourglass_flowing_sand ⏳|watch ⌚|clock1 🕐|clock9 🕘|calendar 📆|date 📅|spiral_calendar_pad 🗓️
memo,pencil 📝|pencil2 ✏️|lower_left_fountain_pen 🖋️|page_facing_up 📄|page_with_curl 📃|clipboard 📋|bookmark_tabs 📑|bookmark 🔖|label 🏷️|card_index_dividers 🗂️
file_folder 📁|open_file_folder 📂|file_cabinet 🗄️|wastebasket 🗑️|paperclip 📎|linked_paperclips 🖇️|pushpin 📌|round_pushpin 📍|scissors ✂️|package 📦|mailbox 📫
inbox_tray 📥|outbox_tray 📤|email,envelope ✉️|incoming_envelope 📨|envelope_with_arrow 📩|e-mail 📧|love_letter 💌|telephone ☎️|telephone_receiver 📞|iphone 📱|computer 💻|desktop_computer 🖥️|printer 🖨️
frame_with_picture 🖼️|camera 📷|camera_with_flash 📸|movie_camera 🎥|film_frames 🎞️|video_camera 📹|clapper 🎬|studio_microphone 🎙️|microphone 🎤|headphones 🎧|musical_note 🎵|notes 🎶|speaker 🔈|loud_sound 🔊|mute 🔇|radio 📻
speech_balloon 💬|left_speech_bubble 🗨️|thought_balloon 💭|bell 🔔|no_bell 🔕|loudspeaker 📢|mega 📣|lock 🔒|unlock 🔓|key 🔑|mag 🔍|mag_right 🔎|bulb 💡|link 🔗|gear ⚙️|hammer 🔨|wrench 🔧|hammer_and_wrench 🛠️|shield 🛡️
chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊|money_with_wings 💸|credit_card 💳|moneybag 💰|receipt 🧾|shopping_trolley 🛒|shopping_bags 🛍️|truck 🚚|rocket 🚀|airplane ✈️|car,red_car 🚗|bike 🚲|house 🏠|office 🏢|department_store 🏬|globe_with_meridians 🌐|earth_africa 🌍|world_map 🗺️
sunny ☀️|cloud ☁️|umbrella ☂️|snowflake ❄️|rainbow 🌈|coffee ☕|tea 🍵|beer 🍺|beers 🍻|wine_glass 🍷|pizza 🍕|cake 🍰|birthday 🎂|apple 🍎|doughnut 🍩|cookie 🍪
dog 🐶|cat 🐱|mouse 🐭|rabbit 🐰|fox_face 🦊|bear 🐻|panda_face 🐼|tiger 🐯|lion_face 🦁|frog 🐸|monkey_face 🐵|chicken 🐔|penguin 🐧|bird 🐦|unicorn_face 🦄|bee,honeybee 🐝|bug 🐛|snail 🐌|turtle 🐢|octopus 🐙|whale 🐳|dolphin 🐬
rose 🌹|tulip 🌷|sunflower 🌻|seedling 🌱|evergreen_tree 🌲|cactus 🌵|four_leaf_clover 🍀|crown 👑|eyeglasses 👓|checkered_flag 🏁|triangular_flag_on_post 🚩|white_flag 🏳️|construction 🚧|rotating_light 🚨|stop_sign 🛑|vertical_traffic_light 🚦
flag-de,de 🇩🇪|flag-us,us 🇺🇸|flag-gb,gb 🇬🇧|flag-fr,fr 🇫🇷|flag-es,es 🇪🇸|flag-it,it 🇮🇹|flag-ua 🇺🇦|flag-pl 🇵🇱|flag-hr 🇭🇷|flag-at 🇦🇹|flag-ch 🇨🇭|flag-nl 🇳🇱|flag-eu 🇪🇺|jp,flag-jp 🇯🇵`;

const BY_NAME = new Map();
const NAMES = [];
for (const entry of TABLE.split(/[|\n]/).filter(Boolean)) {
  const [names, character] = entry.split(" ");
  names.split(",").forEach((name) => BY_NAME.set(name, character));
  NAMES.push(names.split(",")[0]);
}
const TONES = ["🏻", "🏼", "🏽", "🏾", "🏿"];

export const QUICK = ["white_check_mark", "eyes", "raised_hands", "+1", "heart", "tada"];

/** The character(s) for a short name (`+1`, `wave::skin-tone-3`), or null where this page knows none. */
export function emojiOf(name, unicode) {
  if (unicode) {
    const points = unicode.split("-").map((hex) => parseInt(hex, 16));
    if (points.every((p) => p > 0 && p < 0x110000)) return String.fromCodePoint(...points);
  }
  const [base, tone] = String(name).replace(/^:|:$/g, "").split("::skin-tone-");
  const character = BY_NAME.get(base);
  if (!character || !tone) return character || null;
  return character.replace("\ufe0f", "") + (TONES[Number(tone) - 2] || "");
}

/** Short names that hold `part`, those that begin with it first; at most `limit`. */
export function searchEmoji(part, limit = 60) {
  const wanted = part.toLowerCase();
  const hits = [...BY_NAME.keys()].filter((name) => name.includes(wanted));
  const seen = new Set();
  return (wanted ? hits : NAMES)
    .sort((a, b) => (wanted ? b.startsWith(wanted) - a.startsWith(wanted) : 0))
    .filter((name) => !seen.has(BY_NAME.get(name)) && seen.add(BY_NAME.get(name)))
    .slice(0, limit);
}
