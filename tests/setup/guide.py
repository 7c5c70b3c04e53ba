"""The commands and the snippets of the documentation, and merging a snippet into a file.

The merging is what a person does who follows the text: lines are put in, none is rewritten.
"""

import re


class Guide:
    """A page of Markdown."""

    def __init__(self, path):
        self._sections = {}
        text = path.read_text(encoding="utf-8")
        for section in re.split(r"(?m)^(?=#+ )", self._hide_fences(text)):
            heading, _, body = section.partition("\n")
            self._sections[heading.lstrip("# ")] = body

    @staticmethod
    def _hide_fences(text):
        """A comment in a fenced block is no heading."""
        return re.sub(
            r"(?ms)^```.*?^```$", lambda found: re.sub("(?m)^#", "\0#", found[0]), text
        )

    def _body(self, heading):
        return self._sections[heading].replace("\0", "")

    def commands(self, heading):
        """Its blocks of indented lines, in order."""
        outside = re.sub(r"(?ms)^```.*?^```$", "", self._body(heading))
        blocks = re.findall(r"(?m)^\n((?:    .*\n)+)", outside + "\n")
        return [re.sub("(?m)^    ", "", block) for block in blocks]

    def snippets(self, heading, language=""):
        """Its fenced blocks of a language, in order."""
        return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", self._body(heading))

    def quotes(self, heading, pattern):
        """The one text in backquotes that matches, of those in its paragraphs."""
        [found] = [q for q in re.findall("`([^`\n]+)`", self._body(heading))
                   if re.search(pattern, q)]
        return found


# Prosody's language.


def without_comments(text):
    return re.sub(r"(?m)^\s*--.*\n", "", text)


def merge_lua(text, snippet, domain):
    """What stands before the snippet's VirtualHost goes before the file's first one, what is in
    it into the server's own, and the other sections to the end."""
    first = f'VirtualHost "{domain}"\n'
    ahead, host, sections = snippet.partition(first)
    assert host, snippet
    end = re.search(r"(?m)^\S", sections)
    inside, after = sections[: end.start()], sections[end.start() :]
    text, count = re.subn(r"(?m)^VirtualHost", lambda found: ahead + found[0], text, count=1)
    assert count == 1 and first in text
    return text.replace(first, first + inside, 1) + "\n" + after


# YAML.


def blocks(text, indent):
    """key -> its lines, of what is indented so deep; comments go with what follows them."""
    found, key, ahead = {}, None, ""
    for line in text.splitlines(keepends=True):
        if re.match(r"\s*(#.*)?$", line):
            ahead += line
            continue
        begins = re.match(rf"{' ' * indent}([^\s#-][^:]*):", line)
        if begins:
            key = begins[1]
            assert key not in found, key
            found[key] = ""
        assert key, line
        found[key] += ahead + line
        ahead = ""
    return found


def merge_yaml(text, snippet):
    """Each section of the snippet goes into the file's section of this name, in place of what
    the file has of the same keys; a section that the file lacks goes to its end."""
    for section, lines in blocks(snippet, 0).items():
        heading = f"{section}:\n"
        body = lines.partition(heading)[2]
        begin = re.search(rf"(?m)^{section}:\n", text)
        if not begin:
            text += lines
            continue
        if not body.lstrip().startswith("-"):
            for key in blocks(body, 2):
                text = re.sub(rf"(?m)(?<=\n)  {key}:.*\n(?:   .*\n)*", "", text)
            begin = re.search(rf"(?m)^{section}:\n", text)
        text = text[: begin.end()] + body + text[begin.end() :]
    return text
