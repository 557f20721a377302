# The fork server of an engine, and what it forks: a supervisor for each script, which runs it to its end and writes down how
# it ended. For machines without perl; supervisor.pl does the same: keep them alike.
#
# stdin: requests of three fields that end in NUL each, the launch's control directory, a nonce and a name for the process.
# stdout: a line for each, the nonce and an answer. Paths and values are bytes throughout.
import ctypes
import errno
import os
import re
import signal
import time

LEFTOVER_SECONDS = 1  # from TERM to KILL, for what is left after the script's own end
ASK_AGAIN_SECONDS = 0.1  # to see what appeared meanwhile
DEFAULT_GRACE_SECONDS = 10  # for a TERM that comes without a readable grace
ASKED_SECONDS, KILLED_SECONDS = 0.02, 0.25  # for the script's group to be gone, before all else is looked for
LEAST_PAUSE_SECONDS, MOST_PAUSE_SECONDS = 0.01, 0.3  # between two looks at what is being killed
KILL_SECONDS = 5  # what is not gone by then after KILL is named as a survivor
LOG_SECONDS = 1  # from one look at the logs to the next
LEAST_PUNCH = 1 << 20  # bytes that are worth it while the script runs
PUNCH_HOLE = 3  # and the size stays
DEFAULT_PATH = b"/usr/local/bin:/usr/bin:/bin"
SET_CHILD_SUBREAPER, SET_NAME = 36, 15

libc = ctypes.CDLL(None, use_errno=True)


def prctl(option, argument):
    return libc.prctl(option, argument, 0, 0, 0)


def content(file):
    try:
        with open(file, "rb", buffering=0) as stream:
            return stream.read()
    except OSError:
        return None


def all_of(fd):
    with open(fd, "rb", buffering=0) as stream:
        return stream.read()


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


def open_log(name, file, head, tail):
    """The log, or why it cannot be written."""
    try:
        return Log(file, head, tail)
    except OSError as e:
        return b'%s cannot be written: %s: "%s"' % (name, e.strerror.encode(), file)


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


def become(launch):
    """In the child: becomes the script, or returns why it cannot."""
    directory, stdout, stderr, _, _, count, *rest = launch.split(b"\0")[:-1]
    argv, environment = rest[: int(count)], dict(variable.split(b"=", 1) for variable in rest[int(count) :])
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
    for fd, name, file in (1, b"stdout", stdout), (2, b"stderr", stderr):
        try:
            log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as e:
            return b'%s cannot be written: %s: "%s"' % (name, e.strerror.encode(), file)
        os.dup2(log, fd)
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


class Script:
    """The process that is to become a script, which ends if it is not told which. Closes there what is handed over."""

    def __init__(self, *inherited):
        told, self.tell = os.pipe()
        self.said, say = os.pipe()
        try:
            self.pid = os.fork()
        except OSError:
            for fd in told, self.tell, self.said, say:
                os.close(fd)
            raise
        if not self.pid:
            try:
                os.setsid()
                for fd in self.tell, *inherited:
                    os.close(fd)
                size, _, launch = all_of(told).partition(b"\0")
                if size == b"%d" % len(launch):
                    try:
                        why = become(launch)
                    except BaseException as e:
                        why = b"supervisor failed: " + repr(e).encode("ascii", "replace")
                    write_all(say, why)
            finally:
                os._exit(127)
        os.close(told)
        os.close(say)
        stat = stat_of(self.pid)
        self.start = stat[4] if stat else b"0"

    def become(self, launch):
        """Lets it become the script. Why it could not, or nothing."""
        kill(self.pid, signal.SIGCONT)  # somebody may have stopped it while it waited
        try:
            write_all(self.tell, b"%d\0" % len(launch) + launch)
        except OSError:
            pass  # it was killed, as its end shows
        os.close(self.tell)
        return all_of(self.said)

    def is_there(self):
        return os.waitpid(self.pid, os.WNOHANG)[0] == 0

    def end(self):
        kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


class Supervisor:
    """In a child of the fork server: what one launch has."""

    def __init__(self, control, nonce, answer):
        self.control, self.nonce, self.stdout = control, nonce, answer

    def answer(self, text):
        try:
            os.write(self.stdout, self.nonce + b" " + text + b"\n")
        except OSError:
            pass  # nobody waits for it any more

    def refuse(self, why):
        self.answer(b"error " + why.encode())
        os._exit(1)

    def claim(self, identity):
        """Decides that the launch begins with this process; ends it if another was first."""
        control = self.control
        try:
            claim = os.open(control + b"/claim", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            os.unlink(control + b"/launch-" + self.nonce)
            self.answer(b"taken")
            os._exit(0)
        except OSError as e:
            self.refuse("launch cannot be claimed: %s" % e.strerror)
        try:
            write_all(claim, b"supervisor %s\n" % identity)
            os.fsync(claim)
        except OSError as e:
            os.unlink(control + b"/claim")
            self.refuse("launch cannot be claimed: %s" % e.strerror)
        os.close(claim)
        try:
            os.rename(control + b"/launch-" + self.nonce, control + b"/launch")
            folder = os.open(control, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        except OSError:
            pass  # not every file system can

    def start(self, script, launch, failure, own_start):
        """Starts the script unless it failed before, having answered that. Why it could not be started, or nothing."""
        if not failure:
            try:
                file = os.open(self.control + b"/pid", os.O_WRONLY | os.O_CREAT, 0o600)
                write_all(file, b"%d %s %s\n" % (script.pid, script.start, BOOT))
                os.close(file)
            except OSError:
                pass  # who looks for it has the claim and the cookie
        # The script goes on after that: it could stop this process, and leave its host waiting for the answer.
        self.answer(b"claimed %d %s" % (os.getpid(), own_start))
        os.close(self.stdout)
        self.stdout = -1
        if not failure:
            return script.become(launch)
        if script is not None:
            script.end()
        return failure

    def await_end(self, script, logs):
        """Waits for the script's end, ends it if that is asked for, and then what it left. Its status, if it could be
        waited for, and what could not be ended."""
        status, deadline, forced, canceled, pause = None, None, None, False, None
        asked, asked_round, grouped = set(), 0, set()
        unseen = 0  # looks in a row that found nothing, though there are children to be waited for
        while True:
            try:
                ended, how = os.waitpid(-1, os.WNOHANG)
                while ended:
                    if ended == script:
                        status = how
                    ended, how = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return status, []
            if status is not None and deadline is None:
                deadline = time.monotonic() + LEFTOVER_SECONDS
            asking = deadline is not None and time.monotonic() < deadline
            if deadline is None:
                pause = None
            elif status is None and asking not in grouped:
                # Most scripts are one group, and gone with it before all processes of the machine need be looked at. The
                # group is the script's as long as that was not waited for.
                grouped.add(asking)
                kill(-script, signal.SIGTERM if asking else signal.SIGKILL)
                kill(-script, signal.SIGCONT)
                pause = ASKED_SECONDS if asking else KILLED_SECONDS
            elif asking:
                # A cancel asks once, as what a clean-up starts is to be let be. After the script's own end there is none,
                # and what was just being started is asked as well.
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
                # The end of a child wakes this: a look at all processes of the machine costs more than it finds otherwise.
                pause = min(pause * 2, MOST_PAUSE_SECONDS) if forced else LEAST_PAUSE_SECONDS
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
                    return status, survivors or [b"a process that /proc does not show"]
            logs = [log for log in logs if shorten(log, max(LEAST_PUNCH, log.tail))]
            awaited = (signal.SIGTERM, signal.SIGCHLD)
            longest = min(LOG_SECONDS if pause is None else pause, LOG_SECONDS) if logs else pause
            got = signal.sigwaitinfo(awaited) if longest is None else signal.sigtimedwait(awaited, longest)
            if got is not None and got.si_signo == signal.SIGTERM:
                grace = (content(self.control + b"/cancel") or b"").strip()
                until = time.monotonic() + (int(grace) / 1000 if grace.isdigit() else DEFAULT_GRACE_SECONDS)
                deadline = until if deadline is None else min(deadline, until)
                canceled = True

    def write_end(self, ahead, failure, status, survivors):
        """Writes how it ended, into the file that was written ahead if the script left that alone."""
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
        made = self.control + b"/exit.new"
        try:
            kept, there = os.fstat(ahead), os.lstat(made)
            same = (kept.st_dev, kept.st_ino) == (there.st_dev, there.st_ino)
        except (OSError, TypeError):
            same = False
        if not same:
            try:
                os.unlink(made)
            except OSError:
                pass  # not there
            ahead = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.lseek(ahead, 0, os.SEEK_SET)
        write_all(ahead, record)
        os.ftruncate(ahead, len(record))
        os.fsync(ahead)
        os.rename(made, self.control + b"/exit")

    def run(self, name, script, own):
        """The whole life of a supervisor."""
        prctl(SET_NAME, name)
        # A launch file of this supervisor's own: one that comes late finds none, though the directory was made anew.
        launch = content(self.control + b"/launch-" + self.nonce)
        if launch is None:
            self.refuse("launch file cannot be read")
        _, stdout, stderr, head, tail, _ = launch.split(b"\0", 5)
        self.claim(b"%d %s %s" % (os.getpid(), own[4], BOOT))
        # Written ahead, so that an end can be written down on a full disk.
        ahead = None
        try:
            ahead = os.open(self.control + b"/exit.new", os.O_WRONLY | os.O_CREAT, 0o600)
            write_all(ahead, b" " * 4096)
        except OSError:
            pass  # tried again at the end

        limits = int(head), int(tail)
        logs = [open_log(b"stdout", stdout, *limits), open_log(b"stderr", stderr, *limits)]
        failure = next((log for log in logs if isinstance(log, bytes)), b"")
        try:
            if script is None or not script.is_there():  # it may have been killed meanwhile
                script = Script()
        except OSError as e:
            script, failure = None, failure or b"a process could not be made: " + e.strerror.encode()
        if failure:
            logs.clear()
        failure = self.start(script, launch, failure, own[4])
        status, survivors = self.await_end(script.pid if script else None, logs)
        for log in logs:
            shorten(log, 1)
        self.write_end(ahead, failure, status, survivors)


def await_launch(told):
    """In a child of the fork server: does what is alike in all launches, and waits for one. None comes if the server ends."""
    answer = os.dup(1)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    os.close(null)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals() - {signal.SIGTERM})
    os.setsid()
    cannot_adopt = ctypes.get_errno() if prctl(SET_CHILD_SUBREAPER, 1) != 0 else 0
    own = stat_of(os.getpid())
    try:
        script = Script(told)
    except OSError:
        script = None  # tried again when it is needed
    request = all_of(told)
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
    if request.count(b"\0") != 3:
        return
    control, nonce, name, _ = request.split(b"\0")
    supervisor = Supervisor(control, nonce, answer)
    if cannot_adopt:
        supervisor.refuse("orphans cannot be adopted: %s" % os.strerror(cannot_adopt))
    if own is None:
        supervisor.refuse("/proc cannot be read")
    try:
        supervisor.run(name, script, own)
    except Exception as e:
        supervisor.refuse("supervisor failed: %r" % e)


def make_supervisor():
    """Forks a supervisor; what tells it its launch."""
    told, tell = os.pipe()
    try:
        if os.fork() == 0:
            try:
                os.close(tell)
                await_launch(told)
            finally:
                os._exit(0)
    except OSError:
        os.close(tell)
        raise
    finally:
        os.close(told)
    return tell


def tell(supervisor, request):
    """Whether it could be told its launch, which is all that it is told."""
    try:
        write_all(supervisor, request)
        return True
    except OSError:
        return False
    finally:
        os.close(supervisor)


def reap(number, frame):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass  # all are


# ---- the fork server, which the JVM's end ends as well

for inherited in os.listdir("/proc/self/fd"):
    if int(inherited) > 2:
        try:
            os.close(int(inherited))
        except OSError:
            pass  # that of the listing itself
os.chdir("/")
signal.signal(signal.SIGCHLD, reap)
signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals() - {signal.SIGCHLD})
os.setsid()
prctl(SET_NAME, b"longshore")
os.write(1, b"ready %d\n" % os.getpid())
BOOT = (content("/proc/sys/kernel/random/boot_id") or b"").strip() or b"-"  # in which the numbers of processes mean something
asked, ahead, launches = b"", None, 0
while True:
    part = os.read(0, 65536)
    if not part:
        break
    *fields, asked = (asked + part).split(b"\0")
    while len(fields) >= 3:
        request, nonce, fields = b"".join(field + b"\0" for field in fields[:3]), fields[1], fields[3:]
        try:
            if ahead is None or not tell(ahead, request):  # it may have been killed
                tell(make_supervisor(), request)
        except OSError as e:
            os.write(1, nonce + b" error a process could not be made: " + e.strerror.encode() + b"\n")
        # Made ahead where launches follow each other: to fork takes longer than all else until the script starts.
        ahead = None
        if launches:
            try:
                ahead = make_supervisor()
            except OSError:
                pass  # tried again when it is needed
        launches += 1
    asked = b"\0".join([*fields, asked])
