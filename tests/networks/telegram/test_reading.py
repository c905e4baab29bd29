"""Updates as the maker's library writes them, and stranger ones, read into events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telegram import (
    Animation,
    Audio,
    Chat,
    ChatMemberBanned,
    ChatMemberMember,
    ChatMemberUpdated,
    Contact,
    Dice,
    Document,
    Location,
    Message,
    MessageEntity,
    MessageOriginChannel,
    MessageOriginHiddenUser,
    MessageOriginUser,
    MessageReactionUpdated,
    PhotoSize,
    Poll,
    PollOption,
    ReactionTypeCustomEmoji,
    ReactionTypeEmoji,
    ReactionTypePaid,
    Sticker,
    TextQuote,
    Update,
    User,
    Venue,
    Video,
    VideoNote,
    Voice,
)

from networks.capabilities import MediaKind
from networks.errors import PayloadInvalid
from networks.events import (
    ContactGone,
    InboundAttachment,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Profile,
    ProfileChanged,
    ProfileField,
)
from networks.telegram import Telegram
from tests.networks.telegram.bot_api import BOT_ID, CUSTOMER
from tests.networks.telegram.kit import ACCOUNT, payload, request

OLGA = User(
    id=704_512_233,
    is_bot=False,
    first_name="Olga",
    last_name="Kern",
    username="olga_kern",
    language_code="de",
)
PAUL = User(id=80_123_456, is_bot=False, first_name="Paul")
BOT = User(id=6_200_990_011, is_bot=True, first_name="Acme Help")
PRIVATE = Chat(id=OLGA.id, type="private", first_name="Olga", last_name="Kern")
FANS = Chat(id=-1_001_234_567, type="supergroup", title="Acme Fans")
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def read(update: object) -> list[InboundEvent]:
    """Through the network, from the bytes Telegram would send."""
    return list(Telegram().parse(ACCOUNT, request(json.dumps(update).encode())))


def written(sender: User | None = OLGA, chat: Chat = PRIVATE, number: int = 7, **content: Any) -> Message:
    return Message(message_id=number, date=NOW, chat=chat, from_user=sender, **content)


def first(message: Message, kind: str = "message") -> Any:
    """The event of the library's own update."""
    (event,) = read(Update(update_id=1, **{kind: message}).to_dict())
    return event


def told(**content: Any) -> InboundMessage:
    event = first(written(**content))
    assert isinstance(event, InboundMessage)
    return event


def of_file(event: InboundMessage) -> tuple[Any, ...]:
    (file,) = event.attachments
    return (file.ref, file.name, file.mime_type, file.size, file.kind, file.duration, file.voice)


def test_the_librarys_text_has_its_links_and_quotes_in_words() -> None:
    text = "👍🏽 see here and\nwhat you said\ntwice 👋"
    entities = [
        MessageEntity(type="text_link", offset=9, length=4, url="https://shop.example/a"),
        MessageEntity(type="bold", offset=0, length=4),
        MessageEntity(type="blockquote", offset=18, length=19),
    ]
    assert told(text=text, entities=entities) == InboundMessage(
        event_id="1",
        external_id="704512233:7",
        contact_id="704512233",
        sent_at=NOW,
        text="👍🏽 see here (https://shop.example/a) and\n> what you said\n> twice 👋",
        profile=Profile(
            name="Olga Kern",
            fields=(
                ProfileField(label="Username", value="@olga_kern"),
                ProfileField(label="Language", value="German"),
            ),
            locale="de",
        ),
    )


def test_every_kind_of_file_the_library_knows_is_a_file() -> None:
    sizes = [
        PhotoSize("s", "us", 90, 67, 1_000),
        PhotoSize("l", "ul", 1280, 960),
        PhotoSize("m", "um", 320, 240),
    ]
    picture = told(photo=sizes, caption="Look")
    assert of_file(picture) == ("l", "picture.jpg", "image/jpeg", None, MediaKind.PICTURE, None, False)
    assert picture.text == "Look"
    video = told(video=Video("v", "uv", 640, 480, 12, file_name="a.mp4", mime_type="video/mp4", file_size=9))
    assert of_file(video) == ("v", "a.mp4", "video/mp4", 9, MediaKind.VIDEO, 12.0, False)
    voice = told(voice=Voice("o", "uo", 7, mime_type="audio/ogg"))
    assert of_file(voice) == ("o", None, "audio/ogg", None, MediaKind.AUDIO, 7.0, True)
    audio = told(audio=Audio("d", "ud", 184, file_name="hold.mp3", mime_type="audio/mpeg"))
    assert of_file(audio) == ("d", "hold.mp3", "audio/mpeg", None, MediaKind.AUDIO, 184.0, False)
    round_video = told(video_note=VideoNote("n", "un", 384, timedelta(seconds=65)))
    assert of_file(round_video)[:3] == ("n", "video message.mp4", "video/mp4")
    assert round_video.placeholder == "Video message, 1:05"
    document = told(document=Document("f", "uf", file_name="a.pdf", mime_type="application/pdf"))
    assert of_file(document) == ("f", "a.pdf", "application/pdf", None, None, None, False)
    moving = Animation("g", "ug", 1, 1, 1, mime_type="video/mp4")
    gif = told(animation=moving, document=Document("g", "ug", mime_type="video/mp4"))
    assert of_file(gif)[:3] == ("g", "animation.mp4", "video/mp4")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {"sticker": Sticker("s", "us", 1, 1, is_animated=True, is_video=False, type="regular")},
            "Moving sticker",
        ),
        ({"dice": Dice(5, "🎲")}, "Threw 🎲: 5"),
        (
            {"venue": Venue(Location(11.5, 48.1), "Shop", "Main St 1"), "location": Location(11.5, 48.1)},
            "Location: Shop, Main St 1 (48.1, 11.5 https://www.google.com/maps?q=48.1,11.5)",
        ),
        (
            {"location": Location(11.5, -48, live_period=60)},
            "Live location: -48, 11.5 https://www.google.com/maps?q=-48,11.5",
        ),
        (
            {
                "poll": Poll(
                    id="1",
                    question="Which?",
                    options=[PollOption("A", 0, persistent_id="a"), PollOption("B", 0, persistent_id="b")],
                    total_voter_count=0,
                    is_closed=False,
                    is_anonymous=True,
                    type="regular",
                    allows_multiple_answers=False,
                    allows_revoting=True,
                    members_only=False,
                )
            },
            "Poll: Which? A / B",
        ),
    ],
    ids=["sticker", "dice", "venue", "live location", "poll"],
)
def test_what_is_no_file_is_told_in_words(content: dict[str, Any], words: str) -> None:
    event = told(**content)
    assert (event.placeholder, event.text, event.attachments) == (words, "", ())


def test_a_sticker_is_a_picture_with_its_emoji_in_words() -> None:
    event = told(sticker=Sticker("s", "us", 512, 512, False, False, "regular", emoji="🎉", file_size=8))
    assert event.placeholder == "Sticker 🎉"
    assert of_file(event) == ("s", "sticker.webp", "image/webp", 8, MediaKind.PICTURE, None, False)
    event = told(sticker=Sticker("s", "us", 512, 512, False, True, "regular", emoji="🎉", file_size=8))
    assert event.placeholder == "Moving sticker 🎉"
    assert of_file(event) == ("s", "sticker.webm", "video/webm", 8, MediaKind.PICTURE, None, False)


def test_a_phone_number_is_the_customers_only_if_the_contact_is_their_own() -> None:
    own = told(contact=Contact("+4915112345678", "Olga", user_id=OLGA.id))
    assert own.placeholder == "Contact: Olga, +4915112345678"
    assert own.profile
    assert own.profile.fields[-1] == ProfileField(label="Phone", value="+4915112345678", sensitive=True)
    friend = told(contact=Contact("+49301234", "Max", user_id=PAUL.id))
    assert friend.profile
    assert "Phone" not in [field.label for field in friend.profile.fields]


def test_whose_words_they_are_is_said_of_what_was_forwarded() -> None:
    by = {
        "Forwarded from Paul": MessageOriginUser(NOW, PAUL),
        "Forwarded from Somebody Shy": MessageOriginHiddenUser(NOW, "Somebody Shy"),
        "Forwarded from Acme News": MessageOriginChannel(
            NOW, Chat(id=-5, type="channel", title="Acme News"), 3
        ),
    }
    for words, origin in by.items():
        event = told(text="Half price!", forward_origin=origin)
        assert (event.placeholder, event.text) == (words, "Half price!")


def test_an_answer_names_its_target_and_the_words_that_were_picked() -> None:
    answered = written(sender=BOT, number=5, text="Blue or green?")
    event = told(text="That one", reply_to_message=answered, quote=TextQuote("green", 8, is_manual=True))
    assert (event.reply_to, event.placeholder) == ("704512233:5", "About “green”")
    assert told(text="Yes", reply_to_message=answered, quote=TextQuote("Blue", 0)).placeholder is None


def test_an_album_is_one_group_and_start_is_told_in_words() -> None:
    photo = [PhotoSize("l", "ul", 1280, 960)]
    groups = [told(photo=photo, media_group_id=album).group for album in ("1", "1", "2")]
    assert groups == ["704512233:1", "704512233:1", "704512233:2"]
    assert told(text="/start").placeholder == "Opened the chat"
    through_link = told(text="/start order-4711")
    assert (through_link.placeholder, through_link.text) == ("Opened the chat through a link: order-4711", "")
    assert told(text="/starting soon?").text == "/starting soon?"


def test_edits_are_of_text_or_caption_and_a_moving_location_changes_no_words() -> None:
    later = NOW + timedelta(minutes=3)
    edit = first(written(text="Hello again", edit_date=later), "edited_message")
    assert edit == InboundEdit(
        event_id="1",
        external_id="704512233:7",
        contact_id="704512233",
        sent_at=later,
        text="Hello again",
    )
    sizes = [PhotoSize("l", "ul", 1280, 960)]
    assert first(written(photo=sizes, caption="New", edit_date=later), "edited_message").text == "New"
    moved = first(written(location=Location(1, 2, live_period=60), edit_date=later), "edited_message")
    assert moved.text == ""


def test_reactions_that_come_and_go_are_told_apart() -> None:
    changed = MessageReactionUpdated(
        chat=PRIVATE,
        message_id=5,
        date=NOW,
        user=OLGA,
        old_reaction=[ReactionTypeEmoji("👍"), ReactionTypeEmoji("🔥")],
        new_reaction=[ReactionTypeEmoji("🔥"), ReactionTypeCustomEmoji("77"), ReactionTypePaid()],
    )
    events = read(Update(update_id=1, message_reaction=changed).to_dict())
    assert [(e.event_id, e.emoji, e.removed) for e in events if isinstance(e, InboundReaction)] == [
        ("1:0", "👍", True),
        ("1:1", "an emoji of their own", False),
        ("1:2", "⭐", False),
    ]


def test_blocked_and_back() -> None:
    member, banned = ChatMemberMember(BOT), ChatMemberBanned(BOT, NOW)
    for before, after, back in ((member, banned, False), (banned, member, True)):
        change = ChatMemberUpdated(PRIVATE, OLGA, NOW, before, after)
        (event,) = read(Update(update_id=1, my_chat_member=change).to_dict())
        assert event == ContactGone(event_id="1", contact_id="704512233", sent_at=NOW, back=back)
    put_out = ChatMemberUpdated(FANS, OLGA, NOW, member, banned)
    (event,) = read(Update(update_id=1, my_chat_member=put_out).to_dict())
    assert isinstance(event, ContactGone)
    assert event.words == "removed this account"


def test_a_group_is_one_contact_in_which_everybody_has_their_name() -> None:
    event = first(written(chat=FANS, text="Is it open today?"))
    assert (event.contact_id, event.external_id) == ("-1001234567", "-1001234567:7")
    assert event.text == "Olga Kern: Is it open today?"
    assert event.profile.name == "Acme Fans (group)"
    assert first(written(sender=PAUL, chat=FANS, dice=Dice(2, "🎲"))).placeholder == "Paul: Threw 🎲: 2"
    photo = [PhotoSize("l", "ul", 1280, 960)]
    assert first(written(sender=PAUL, chat=FANS, photo=photo)).placeholder == "Paul: a file"
    edit = first(written(chat=FANS, text="Is it open?", edit_date=NOW), "edited_message")
    assert edit.text == "Olga Kern: Is it open?"
    admin = Chat(id=FANS.id, type="supergroup", title="Acme Fans")
    anonymous = written(sender=None, chat=FANS, sender_chat=admin, text="Welcome")
    assert first(anonymous).text == "Acme Fans: Welcome"


def test_what_only_happens_to_a_group_says_nothing() -> None:
    joined = written(chat=FANS, new_chat_members=[PAUL])
    assert read(Update(update_id=1, message=joined).to_dict()) == []


def test_a_group_that_became_a_large_one_stays_the_contact_it_was() -> None:
    moved = written(chat=FANS, migrate_from_chat_id=-77)
    (event,) = read(Update(update_id=1, message=moved).to_dict())
    assert isinstance(event, ProfileChanged)
    assert (event.contact_id, event.known_as) == (str(FANS.id), "-77")
    assert event.profile.name.endswith("(group)")


def test_in_a_business_account_its_owner_is_a_colleague_and_the_bot_is_ourselves() -> None:
    text = {**payload("text")["message"], "business_connection_id": "bc_hQ1a"}
    owner = {**text, "from": {"id": 5, "is_bot": False, "first_name": "Ana"}}
    (echo,) = read({"update_id": 1, "business_message": owner})
    assert isinstance(echo, InboundMessage)
    assert (echo.echo, echo.automatic, echo.contact_id) == (True, False, f"bc_hQ1a:{CUSTOMER}")
    (away,) = read({"update_id": 2, "business_message": {**owner, "is_from_offline": True}})
    assert isinstance(away, InboundMessage)
    assert (away.echo, away.automatic) == (True, True)
    ours = {**owner, "sender_business_bot": {"id": BOT_ID, "is_bot": True, "first_name": "Acme"}}
    assert read({"update_id": 3, "business_message": ours}) == []
    assert read({"update_id": 4, "edited_business_message": owner}) == []


def test_our_own_words_and_edits_are_not_the_customers() -> None:
    for kind in ("message", "edited_message"):
        assert read(Update(update_id=1, **{kind: written(sender=BOT, text="Hi")}).to_dict()) == []


def test_kinds_to_come_are_named_and_their_words_kept() -> None:
    base = written().to_dict()
    unknown = read({"update_id": 1, "message": {**base, "time_capsule": {"opens": 1}}})
    assert unknown[0].placeholder == "Sent something that can't be shown here (time capsule)"  # type: ignore[union-attr]
    rich = {
        "blocks": [{"type": "paragraph", "text": "Dear team"}, {"items": [{"text": "one"}, {"text": "two"}]}]
    }
    event = read({"update_id": 1, "message": {**base, "rich_message": rich}})[0]
    assert event.placeholder == "A message with parts that can't be shown: Dear team one two"  # type: ignore[union-attr]
    assert told(text="   ").placeholder == "Sent something unknown"


def test_a_live_photo_is_fetched_once() -> None:
    photo = [PhotoSize("l", "ul", 1280, 960).to_dict()]
    message = {**written().to_dict(), "photo": photo, "live_photo": {"file_id": "clip", "duration": 2}}
    (event,) = read({"update_id": 1, "message": message})
    assert isinstance(event, InboundMessage)
    assert event.attachments == (
        InboundAttachment(ref="clip", mime_type="video/mp4", kind=MediaKind.VIDEO, duration=2.0),
    )


@pytest.mark.parametrize(
    "update",
    [
        [],
        None,
        {},
        {"update_id": True, "message": {}},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": "1"}}},
        {"update_id": 1, "message": {"message_id": 1, "date": 10**12, "chat": {"id": 1}}},
        {"update_id": 1, "business_message": payload("text")["message"]},
        {"update_id": 1, "business_message": {**payload("text")["message"], "business_connection_id": ""}},
        {"update_id": 1, "deleted_business_messages": {"business_connection_id": "a", "chat": {}}},
    ],
)
def test_what_cannot_be_read_or_served_is_refused_and_so_kept(update: object) -> None:
    with pytest.raises(PayloadInvalid):
        read(update)


def test_bytes_that_are_no_json_are_refused() -> None:
    for body in (b"", b"\xff", b"{", b"[" * 100_000):
        with pytest.raises(PayloadInvalid):
            Telegram().parse(ACCOUNT, request(body))
