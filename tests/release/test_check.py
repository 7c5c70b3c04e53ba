"""What ./run release-check says, of a small project in a repository of its own."""

import pathlib
import subprocess
import sys

import pytest

CHECK = pathlib.Path(__file__).resolve().parent / "check.py"
KINDS = ("all", "trixie", "packages")


class Project:
    def __init__(self, folder):
        self.folder = folder
        self.git("init", "--quiet")
        self.write(".gitignore", "/build/\n")
        self.write("CMakeLists.txt", "project(thing VERSION 1.2.0 LANGUAGES C)\n")
        self.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n"
                   "## [1.2.0] - 2026-11-28\n\n- A thing.\n")  # fmt: skip
        self.write("debian/changelog", "thing (1.2.0) unstable; urgency=medium\n")
        self.commit()

    def git(self, *words):
        identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
        done = subprocess.run(["git", *identity, *words], cwd=self.folder, check=True,
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
        return done.stdout.strip()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A thing")

    def test(self, *kinds):
        head = self.git("rev-parse", "HEAD")
        self.write("build/tested", "".join(f"{head} {kind}\n" for kind in kinds))

    def tag(self, message="Version 1.2.0\n\nSigned-off-by: Somebody <somebody@example.org>"):
        self.git("tag", "--annotate", "v1.2.0", "--message", message)

    def missing(self):
        """The lines; none where all is there."""
        done = subprocess.run([sys.executable, CHECK, self.folder], stdout=subprocess.PIPE,
                              text=True, check=False)  # fmt: skip
        assert (done.returncode == 0) == (done.stdout == "nothing is missing for 1.2.0\n")
        return done.stdout.splitlines() if done.returncode == 1 else []


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.test(*KINDS)
    made.tag()
    assert made.missing() == []
    return made


def test_what_changed_since_the_last_release_belongs_to_this_one(project):
    project.write("CHANGELOG.md", "## [Unreleased]\n\n- Another.\n\n## [1.1.0] - 2026-11-01\n")
    lines = project.missing()
    assert "CHANGELOG.md: what is [Unreleased] has to become [1.2.0]" in lines
    assert "CHANGELOG.md: the newest section is not [1.2.0] - YYYY-MM-DD" in lines
    assert "the work tree has changes that are not committed" in lines


def test_a_section_without_a_date_is_none(project):
    project.write("CHANGELOG.md", "## [1.2.0] - soon\n")
    assert "CHANGELOG.md: the newest section is not [1.2.0] - YYYY-MM-DD" in project.missing()


def test_the_packages_have_the_version(project):
    project.write("debian/changelog", "thing (1.1.0) UNRELEASED; urgency=medium\n")
    lines = project.missing()
    assert "debian/changelog: the newest version is 1.1.0, not 1.2.0" in lines
    assert "debian/changelog: the newest version is UNRELEASED" in lines


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_tests_has_to_have_passed(project, kind):
    project.test(*(k for k in KINDS if k != kind))
    [line] = project.missing()
    assert line.startswith("tests: this commit has not passed `./run test")


def test_tests_and_tag_of_another_commit_do_not_count(project):
    project.write("new", "")
    project.commit()
    lines = project.missing()
    assert len(lines) == len(KINDS) + 1
    assert lines[-1].startswith("tag: v1.2.0 is another commit")


def test_a_tag_is_signed_off(project):
    project.git("tag", "--delete", "v1.2.0")
    [line] = project.missing()
    assert line.startswith("tag: there is no v1.2.0")
    project.tag("Version 1.2.0")
    assert project.missing() == ["tag: v1.2.0 is not annotated with a line Signed-off-by"]
    project.git("tag", "--delete", "v1.2.0")
    project.git("tag", "v1.2.0")
    assert project.missing() == ["tag: v1.2.0 is not annotated with a line Signed-off-by"]
