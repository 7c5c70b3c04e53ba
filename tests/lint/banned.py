"""Functions that the house style bans, and output from where none may come."""

import re

import sources

BANNED = """
    alloca asctime asctime_r atof atoi atol atoll ctime ctime_r fscanf gets gmtime gmtime_r
    localtime localtime_r mktime popen rand rand_r scanf sprintf srand sscanf strcat
    strcpy strncat strncpy strtod strtof strtoimax strtok strtok_r strtol strtold strtoll
    strtoul strtoull strtoumax system timegm vsprintf vsscanf
""".split()

OUTPUT = """
    fprintf fputs fwrite log_at log_debug log_error log_info log_warning perror printf putchar
    puts syslog vfprintf vprintf
""".split()

QUIET_FOLDERS = ("base/", "mapping/", "ews/")
LOGGER = "base/log"


def calls(words):
    return re.compile(r"(?<![\w.>])(" + "|".join(words) + r")\s*\(")


def complaints_of(name):
    text = sources.without_comments(sources.read(name))
    checks = [(calls(BANNED), "is banned")]
    if name.startswith(QUIET_FOLDERS) and not name.startswith(LOGGER):
        checks.append((calls(OUTPUT), "prints, and this folder does not"))
    for number, line in enumerate(text.split("\n"), 1):
        for pattern, why in checks:
            for match in pattern.finditer(line):
                yield name, number, f"{match.group(1)}() {why}"


def main():
    sources.report(complaint for name in sources.files(".c", ".h")
                   for complaint in complaints_of(name))


main()
