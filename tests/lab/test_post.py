from mxlatch.lab.post import GTUBE, MOST_KEPT, SPAM_MARKER, Message, Post

TRACED = (
    b"Received: from b ([192.0.2.2])\r\n\tby b.example.com with ESMTP id 2;\r\n\tdate\r\n"
    b"Received: from a ([192.0.2.1])\r\n\tby a.example.com with ESMTPS id 1;\r\n\tdate\r\n"
    b"Subject: x\r\n\r\n"
    b"Received: from forged\r\n\tby body.example.com with ESMTP\r\n"
)


def test_the_doors_that_a_message_passed_are_in_its_header_first_one_first() -> None:
    assert Message("", ("anna@example.com",), TRACED).doors == ("a.example.com", "b.example.com")


def test_spam_is_what_bears_the_marker() -> None:
    assert Message("", (), b"x\r\n\r\n" + SPAM_MARKER).is_spam
    assert Message("", (), b"x\r\n\r\n" + GTUBE).is_spam
    assert not Message("", (), b"x").is_spam


def test_a_message_lies_in_each_recipient_s_mailbox() -> None:
    post = Post()
    post.deliver(Message("", ("anna@example.com", "bert@example.com"), b""))
    assert {r: len(m) for r, m in post.mailboxes.items()} == {"anna@example.com": 1, "bert@example.com": 1}


def test_it_fills_up() -> None:
    assert not Post().is_full
    assert Post(accepted=MOST_KEPT).is_full
    post = Post()
    for _ in range(10 * MOST_KEPT + 5):
        post.heard("mx", "192.0.2.1", "NOOP")
    assert len(post.transcript) == 10 * MOST_KEPT
