# Runs one script to its end and writes down how it ended. For machines without perl; supervisor.pl does the same: keep
# them alike.
#
# control, nonce, arch and answer, a pipe to the JVM, are set by what loads this. Paths and values are bytes throughout.
import ctypes
import errno
import os
import re
import signal
import time

LEFTOVER_SECONDS = 1  # from TERM to KILL, for what is left after the script's own end
ASK_AGAIN_SECONDS = 0.1  # to see what appeared meanwhile
DEFAULT_GRACE_SECONDS = 10  # for a TERM that comes without a readable grace
KILL_SECONDS = 5  # what is not gone by then after KILL is named as a survivor
LOG_SECONDS = 1  # from one look at the logs to the next
LEAST_PUNCH = 1 << 20  # bytes that are worth it while the script runs
PUNCH_HOLE = 3  # and the size stays
DEFAULT_PATH = b"/usr/local/bin:/usr/bin:/bin"
SET_CHILD_SUBREAPER, SET_NAME = 36, 15

libc = ctypes.CDLL(None, use_errno=True)


def refuse(why):
    os.write(answer, b"error %s\n" % why.encode())
    os._exit(1)


def prctl(option, argument):
    return libc.prctl(option, argument, 0, 0, 0)


def reopen(fd, path, flags):
    opened = os.open(path, flags, 0o600)
    if opened != fd:
        os.dup2(opened, fd)
        os.close(opened)


def content(file):
    try:
        with open(file, "rb", buffering=0) as stream:
            return stream.read()
    except OSError:
        return None


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data) :]


def stat_of(pid):
    """(name, whether it lives, parent, group, start) of a process, or None; one whose main thread alone has exited is
    shown as a zombie, and lives."""
    stat = content("/proc/%s/stat" % pid)
    if not stat:
        return None
    name, rest = stat[stat.index(b"(") + 1 : stat.rindex(b")")], stat[stat.rindex(b")") + 2 :].split()
    lives = rest[0] not in b"ZXx" or (rest[0] == b"Z" and int(rest[17]) > 1)
    return name, lives, int(rest[1]), int(rest[2]), rest[19]


def descendants(dead_too=False):
    """What this process has below it: pid -> (name, whether it lives, parent, group, start), the dead left out unless
    asked for."""
    processes, children, found = {}, {}, {}
    for entry in os.listdir("/proc"):
        stat = stat_of(entry) if entry.isdigit() else None
        if stat:
            processes[int(entry)] = stat
            children.setdefault(stat[2], []).append(int(entry))
    following = list(children.get(os.getpid(), []))
    while following:
        pid = following.pop()
        following += children.get(pid, [])
        if dead_too or processes[pid][1]:
            found[pid] = processes[pid]
    return found


def kill(pid, number):
    try:
        os.kill(pid, number)
    except OSError:
        pass  # gone, or not ours to signal: it is looked at again


def unchanged(pid, start):
    stat = stat_of(pid)
    return stat is not None and stat[4] == start


def execute(program, argv, environment):
    # Another process may still hold a file open that was just written.
    for _ in range(50):
        try:
            os.execve(program, argv, environment)
        except OSError as e:
            error = e.errno
        if error != errno.ETXTBSY:
            break
        time.sleep(0.02)
    return error


class Log:
    """A log that is held open: what its script puts in its place is never touched."""

    def __init__(self, file, head, tail):
        self.fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.file, self.head, self.tail, self.to = file, head, tail, head


def punch(fd, start, to):
    fallocate = getattr(libc, "fallocate64", None) or libc.fallocate
    return fallocate(fd, PUNCH_HOLE, ctypes.c_int64(start), ctypes.c_int64(to - start)) == 0


def shorten(log, least):
    """Gives the middle of a log back to the file system if it has that many bytes, having said so beside the log for
    those who read it. False if this file system cannot."""
    size = os.fstat(log.fd).st_size
    said = log.file + b".gap"
    try:
        if log.head < log.to and size < log.to:  # truncated by its script
            log.to = log.head
            os.unlink(said)
        to = size - log.tail
        if to <= log.to or to - log.to < least:
            return True
        if os.path.lexists(said + b".new"):
            os.unlink(said + b".new")
        gap = os.open(said + b".new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            write_all(gap, b"%d %d hole\n" % (log.head, to))
            can = punch(gap, 4096, 8192)
        finally:
            os.close(gap)
        if not can:
            os.unlink(said + b".new")
            return False
        os.rename(said + b".new", said)
        if punch(log.fd, log.to, to):
            log.to = to
    except OSError:
        pass  # a full disk, or a script's own doing: seen again at the next look
    return True


def become(directory, logs, argv, environment):
    """In the child: becomes the script, or returns why it cannot."""
    os.setsid()
    for number in range(1, signal.NSIG):
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            try:
                signal.signal(number, signal.SIG_DFL)
            except (OSError, ValueError):
                pass  # one that the C library keeps to itself
    try:
        os.chdir(directory)
    except OSError as e:
        return b'working directory cannot be entered: %s: "%s"' % (e.strerror.encode(), directory)
    for fd, log in (1, logs[0]), (2, logs[1]):
        os.dup2(log.fd, fd)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    program = argv[0]
    if b"/" in program:
        return cannot(execute(program, argv, environment), program)
    worse = None
    for folder in environment.get(b"PATH", DEFAULT_PATH).split(b":"):
        file = (folder or b".") + b"/" + program
        error = execute(file, argv, environment)
        if error not in (errno.ENOENT, errno.ENOTDIR):
            worse = worse or cannot(error, file)
    return worse or b'program was not found in PATH: "%s"' % program


def cannot(error, program):
    return b'program cannot be executed: %s: "%s"' % (os.strerror(error).encode(), program)


# ---- an orphan of what the JVM started, in the JVM's environment

for inherited in os.listdir("/proc/self/fd"):
    if int(inherited) > 2 and int(inherited) != answer:
        try:
            os.close(int(inherited))
        except OSError:
            pass  # that of the listing itself
os.chdir("/")
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
try:
    for fd in range(3):
        reopen(fd, "/dev/null", os.O_RDWR)
    os.setsid()
except OSError as e:
    refuse("it could not be detached: %s" % e.strerror)

# ---- the supervisor; only KILL ends it from outside

signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
prctl(SET_NAME, b"longshore")
if prctl(SET_CHILD_SUBREAPER, 1) != 0:
    refuse("orphans cannot be adopted: %s" % os.strerror(ctypes.get_errno()))

# A launch file of this supervisor's own: one that comes late finds none, though the directory was made anew.
launch = content(control + b"/launch-" + nonce)
if launch is None:
    refuse("launch file cannot be read")
directory, stdout, stderr, head, tail, count, *rest = launch.split(b"\0")[:-1]
argv, variables = rest[: int(count)], rest[int(count) :]

own = stat_of(os.getpid())
if own is None:
    refuse("/proc cannot be read")
boot = (content("/proc/sys/kernel/random/boot_id") or b"").strip() or b"-"
try:
    claim = os.open(control + b"/claim", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
except FileExistsError:
    os.unlink(control + b"/launch-" + nonce)
    os.write(answer, b"taken\n")
    os._exit(0)
except OSError as e:
    refuse("launch cannot be claimed: %s" % e.strerror)
try:
    write_all(claim, b"supervisor %d %s %s\n" % (os.getpid(), own[4], boot))
    os.fsync(claim)
except OSError as e:
    os.unlink(control + b"/claim")
    refuse("launch cannot be claimed: %s" % e.strerror)
os.close(claim)
try:
    os.rename(control + b"/launch-" + nonce, control + b"/launch")
    folder = os.open(control, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
except OSError:
    pass  # not every file system can
# Written ahead, so that an end can be written down on a full disk.
ahead = None
try:
    ahead = os.open(control + b"/exit.new", os.O_WRONLY | os.O_CREAT, 0o600)
    write_all(ahead, b" " * 4096)
except OSError:
    pass  # tried again at the end

failure = b""
script = None
said, say = os.pipe()
goes, go = os.pipe()
logs = []
for name, file in (b"stdout", stdout), (b"stderr", stderr):
    try:
        logs.append(Log(file, int(head), int(tail)))
    except OSError as e:
        failure = failure or b'%s cannot be written: %s: "%s"' % (name, e.strerror.encode(), file)
if not failure:
    try:
        script = os.fork()
    except OSError as e:
        failure = b"a process could not be made: " + e.strerror.encode()
if script == 0:
    os.close(go)
    if not os.read(goes, 1):
        os._exit(127)
    try:
        why = become(directory, logs, argv, dict(v.split(b"=", 1) for v in variables))
    except BaseException as e:
        why = b"supervisor failed: " + repr(e).encode("ascii", "replace")
    write_all(say, why)
    os._exit(127)
if script is not None:
    began = stat_of(script)
    try:
        file = os.open(control + b"/pid", os.O_WRONLY | os.O_CREAT, 0o600)
        write_all(file, b"%d %s %s\n" % (script, began[4] if began else b"0", boot))
        os.close(file)
    except OSError:
        pass  # who looks for it has the claim and the cookie
# The script goes on after that: it could stop this process, and leave its host waiting for the answer.
try:
    os.write(answer, b"claimed %d %s\n" % (os.getpid(), own[4]))
except OSError:
    pass  # nobody waits for it any more
os.close(answer)
os.write(go, b".")
os.close(goes)
os.close(go)
os.close(say)
if script is not None:
    part = os.read(said, 4096)
    while part:
        failure += part
        part = os.read(said, 4096)
os.close(said)

status, deadline, forced, canceled = None, None, None, False
asked, asked_round, grouped, survivors = set(), 0, set(), []
unseen = 0  # looks in a row that found nothing, though there are children to be waited for
while True:
    try:
        ended, how = os.waitpid(-1, os.WNOHANG)
        while ended:
            if ended == script:
                status = how
            ended, how = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        break
    if status is not None and deadline is None:
        deadline = time.monotonic() + LEFTOVER_SECONDS
    asking = deadline is not None and time.monotonic() < deadline
    if deadline is None:
        pause = None
    elif status is None and asking not in grouped:
        # Most scripts are one group, and gone with it before all processes of the machine need be looked at. The group
        # is the script's as long as that was not waited for.
        grouped.add(asking)
        kill(-script, signal.SIGTERM if asking else signal.SIGKILL)
        kill(-script, signal.SIGCONT)
        pause = 0.02
    elif asking:
        # A cancel asks once, as what a clean-up starts is to be let be. After the script's own end there is none, and
        # what was just being started is asked as well.
        if not canceled or not asked_round or (status is not None and asked_round < 2):
            asked_round = 1 if status is None else 2
            for pid, stat in descendants().items():
                if (pid, stat[4]) not in asked and unchanged(pid, stat[4]):
                    asked.add((pid, stat[4]))
                    if not (grouped and stat[3] == script):
                        kill(pid, signal.SIGTERM)
                        kill(pid, signal.SIGCONT)
        pause = max(0, deadline - time.monotonic())
        if not canceled:
            pause = min(pause, ASK_AGAIN_SECONDS)
    else:
        forced = forced or time.monotonic()
        tree = descendants()
        # A group is killed in one act, which a process that forks and ends over and over cannot outrun.
        for group in {stat[3] for stat in tree.values()}:
            if group > 1 and group != os.getpgrp():
                kill(-group, signal.SIGKILL)
        for pid, stat in tree.items():
            if unchanged(pid, stat[4]):
                kill(pid, signal.SIGKILL)
        unseen = 0 if tree else unseen + 1
        if time.monotonic() > forced + KILL_SECONDS and (tree or unseen > 1):
            tree = tree or descendants(dead_too=True)
            survivors = [b"%d %s" % (pid, tree[pid][0]) for pid in sorted(tree)]
            survivors = survivors or [b"a process that /proc does not show"]
            break
        pause = 0.01
    logs = [log for log in logs if shorten(log, max(LEAST_PUNCH, log.tail))]
    if logs and (pause is None or pause > LOG_SECONDS):
        pause = LOG_SECONDS
    awaited = (signal.SIGTERM, signal.SIGCHLD)
    got = signal.sigwaitinfo(awaited) if pause is None else signal.sigtimedwait(awaited, pause)
    if got is not None and got.si_signo == signal.SIGTERM:
        grace = (content(control + b"/cancel") or b"").strip()
        until = time.monotonic() + (int(grace) / 1000 if grace.isdigit() else DEFAULT_GRACE_SECONDS)
        deadline = until if deadline is None else min(deadline, until)
        canceled = True

for log in logs:
    shorten(log, 1)

if failure:
    lines = [b"not-started " + failure]
elif status is None:
    lines = [b"lost"]
elif os.WIFSIGNALED(status):
    lines = [b"signaled %d" % os.WTERMSIG(status)]
else:
    lines = [b"exited %d" % os.WEXITSTATUS(status)]
lines += [b"survivor " + survivor for survivor in survivors]
record = b"".join(re.sub(rb"[\x00-\x1f\x7f]", b"?", line) + b"\n" for line in lines)

try:
    kept, there = os.fstat(ahead), os.lstat(control + b"/exit.new")
    same = (kept.st_dev, kept.st_ino) == (there.st_dev, there.st_ino)
except (OSError, TypeError):
    same = False
if not same:
    try:
        os.unlink(control + b"/exit.new")
    except OSError:
        pass  # not there
    ahead = os.open(control + b"/exit.new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
os.lseek(ahead, 0, os.SEEK_SET)
write_all(ahead, record)
os.ftruncate(ahead, len(record))
os.fsync(ahead)
os.rename(control + b"/exit.new", control + b"/exit")
os._exit(0)
