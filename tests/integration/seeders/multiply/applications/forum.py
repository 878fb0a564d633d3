"""django-machina, whose tenants are forums: topics, posts, polls, permissions and what each member has read.

Forums, topics and posts refer to each other in a circle, and each forum is a tree (django-mptt).
"""

from __future__ import annotations

from typing import Any

from _django import CONTRIB, act, configure
from machina import MACHINA_MAIN_TEMPLATE_DIR

_PARTS = ("forum", "forum_conversation", "forum_conversation.forum_attachments", "forum_conversation.forum_polls",
          "forum_feeds", "forum_moderation", "forum_search", "forum_tracking", "forum_member",
          "forum_permission")  # fmt: skip
_CACHE = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
configure(
    [*(f"django.contrib.{name}" for name in CONTRIB), "mptt", "haystack", "widget_tweaks", "machina",
     *(f"machina.apps.{name}" for name in _PARTS)],
    middleware=("machina.apps.forum_permission.middleware.ForumPermissionMiddleware",),
    context=("machina.core.context_processors.metadata",), folders=(MACHINA_MAIN_TEMPLATE_DIR,),
    HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
    CACHES={"default": _CACHE, "machina_attachments": _CACHE},
    MACHINA_DEFAULT_AUTHENTICATED_USER_FORUM_PERMISSIONS=[
        "can_see_forum", "can_read_forum", "can_reply_to_topics", "can_post_without_approval",
    ],
)  # fmt: skip

from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402
from machina.core.db.models import get_model  # noqa: E402

Forum, Permission, Granted = (
    get_model(*name)
    for name in (
        ("forum", "Forum"), ("forum_permission", "ForumPermission"), ("forum_permission", "UserForumPermission"),
    )
)  # fmt: skip
Topic, Post = (get_model("forum_conversation", name) for name in ("Topic", "Post"))
Poll, Option, Vote = (get_model("forum_polls", name) for name in ("TopicPoll", "TopicPollOption", "TopicPollVote"))
ForumRead, TopicRead = (get_model("forum_tracking", name) for name in ("ForumReadTrack", "TopicReadTrack"))

urlpatterns = [path("", include("machina.urls"))]


def fill() -> None:
    members = [User.objects.create_user(f"anna{n}", f"anna{n}@mail.example", "secret") for n in range(8)]
    for name in ("Gardeners", "Cyclists of the town"):
        forum = Forum.objects.create(name=name, type=Forum.FORUM_POST)
        for right in Permission.objects.filter(codename__in=("can_lock_topics", "can_delete_posts")):
            Granted.objects.create(permission=right, forum=forum, user=members[0], has_perm=True)
        for number in range(15):
            _topic(forum, members, number)
        for member in members:
            ForumRead.objects.create(user=member, forum=forum)


def _topic(forum: Any, members: list[User], number: int) -> None:
    starter = members[number % len(members)]
    topic = Topic.objects.create(
        forum=forum, poster=starter, subject=f"{forum.name} {number}", type=Topic.TOPIC_POST,
        status=Topic.TOPIC_UNLOCKED,
    )  # fmt: skip
    for turn in range(12):
        writer = members[(number + turn) % len(members)]
        Post.objects.create(topic=topic, poster=writer, subject=f"Re {number}", content="I see it like this. " * 12)
    topic.subscribers.add(starter)
    for member in members[:4]:
        TopicRead.objects.create(user=member, topic=topic)
    if number % 5 == 0:
        poll = Poll.objects.create(topic=topic, question="Which?")
        first, _second = (Option.objects.create(poll=poll, text=text) for text in ("This", "That"))
        Vote.objects.create(poll_option=first, voter=starter)


def answer() -> dict[str, Any]:
    """The board, a copied forum and a topic in it as a member sees them, an answer to that, and a forum below it."""
    client, member = Client(), User.objects.get(username="anna1")
    client.force_login(member)
    forum, last = Forum.objects.latest("id"), Post.objects.latest("id")
    topic = forum.topics.latest("id")
    below = f"/forum/{forum.slug}-{forum.id}"
    there = f"{below}/topic/{topic.slug}-{topic.id}"
    said = {page: client.get(page).status_code for page in ("/", f"{below}/", f"{there}/", f"{there}/post/create/")}
    sent = client.post(f"{there}/post/create/", {"subject": "Re", "content": "One more"})
    made = Post.objects.latest("id")
    topic.refresh_from_db()
    part = Forum.objects.create(name="Part", type=Forum.FORUM_POST, parent=Forum.objects.get(id=forum.id))
    trees = Forum.objects.filter(level=0).values_list("tree_id", flat=True)
    return {"pages": said, "sent": sent.status_code, "made": [made.topic_id == topic.id, made.id - last.id],
            "posts": [topic.posts_count, topic.last_post_id == made.id, topic.first_post.topic_id == topic.id],
            "tree": [part.tree_id == forum.tree_id, part.get_root().id == forum.id],
            "forums": [len(trees), len(set(trees))]}  # fmt: skip


act(fill, answer)
