"""Our tables. Every one carries `workspace_id`, and every query names it first."""

from models.account import Account, AccountState
from models.contact import Contact, ContactWord
from models.conversation import Conversation, ConversationEvent, Status, Trigger
from models.delivery import Delivery, DeliveryKind, DeliveryState
from models.event import EarlyChange, RawPayload, SeenEvent
from models.message import Attachment, AttachmentState, Direction, Message, MessageState
from models.person import AccountAgent, Person
from models.post import Post, PostKind
from models.routing import ChannelQueue, RoutedChannel
from models.visitor import Visitor, VisitorEvent, VisitorFile
from models.workspace import Workspace, WorkspaceState

__all__ = [
    "Account",
    "AccountAgent",
    "AccountState",
    "Attachment",
    "AttachmentState",
    "ChannelQueue",
    "Contact",
    "ContactWord",
    "Conversation",
    "ConversationEvent",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Direction",
    "EarlyChange",
    "Message",
    "MessageState",
    "Person",
    "Post",
    "PostKind",
    "RawPayload",
    "RoutedChannel",
    "SeenEvent",
    "Status",
    "Trigger",
    "Visitor",
    "VisitorEvent",
    "VisitorFile",
    "Workspace",
    "WorkspaceState",
]
