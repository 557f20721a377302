package io.longshore.storage.local;

import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Plain files as inputs and outputs, of type {@code file}: {@code location.path} is an absolute path. Only for hosts that
 * trust those who submit with all files that the host itself can reach.
 *
 * <p><b>Inputs</b> are regular files; one that changes between {@code resolve} and the end of {@code fetch} is refused.
 *
 * <p><b>Outputs</b> are written to a hidden file beside the target ({@code .name.longshore-…}), synced, and moved over the
 * target in one step: readers see the old file or the new one, whole. Where the target is a symbolic link, the file that
 * it leads to is replaced and the link stays. Directories, FIFOs and devices are refused. The mode is what the host's
 * umask says; the directory has to exist.
 *
 * <p><b>The same publication commits once</b> as far as a plain file can tell: the new file carries its publication in an
 * extended attribute ({@code user.longshore.publication}), which lasts across restarts. Where the file system has no such
 * attributes, this object remembers its latest 1,000 publications and a restarted host publishes again, over the same
 * target with the same content. Once another file took the target's place, the earlier publication is forgotten. Two
 * processes that commit one publication at the same moment may both move their file to the target, one after the other.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> blocks on I/O; an interrupt is answered with
 * {@link java.io.InterruptedIOException}.
 */
public final class LocalFiles implements DataSource, DataSink {
    private static final Set<String> TYPES = Set.of("file");
    private static final String ATTRIBUTE = "longshore.publication";
    private static final String MARK = ".longshore-";
    private static final int LONGEST_SHOWN_NAME = 100;
    private static final int MOST_LINKS = 40;
    private static final int COPY_BYTES = 256 * 1024;
    private static final int REMEMBERED = 1000;

    private final FileSystem fileSystem;

    /** Of publications whose file could carry no attribute: the version of the file; guarded by itself. */
    private final Map<String, String> remembered = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED;
        }
    };

    private LocalFiles(FileSystem fileSystem) {
        this.fileSystem = fileSystem;
    }

    /**
     * The files of this host.
     *
     * @return a new source and sink
     */
    public static LocalFiles ofHost() {
        return of(FileSystems.getDefault());
    }

    /**
     * The files of a file system.
     *
     * @param fileSystem the file system, such as one in memory
     * @return a new source and sink
     */
    public static LocalFiles of(FileSystem fileSystem) {
        return new LocalFiles(fileSystem);
    }

    @Override
    public Set<String> types() {
        return TYPES;
    }

    @Override
    public void check(DataReference reference) {
        path(reference, "");
    }

    private Path path(DataReference reference, String suffix) {
        String text = reference.location(DataReference.PATH).orElse("");
        if (text.isEmpty()) {
            throw new InvalidRequestException("location.path", null, "is missing: a file has one");
        }
        Path path;
        try {
            path = Disk.path(fileSystem, text + suffix);
        } catch (InvalidPathException e) {
            throw new InvalidRequestException("location.path", text, "is no path");
        }
        if (!path.isAbsolute()) {
            throw new InvalidRequestException("location.path", text, "is not absolute");
        }
        if (text.endsWith("/") || text.endsWith(fileSystem.getSeparator()) || path.getFileName() == null) {
            throw new InvalidRequestException("location.path", text, "is that of a directory, not of a file");
        }
        return path;
    }

    private Path pathNow(DataReference reference, String suffix) throws PermanentStorageException {
        try {
            return path(reference, suffix);
        } catch (InvalidRequestException e) {
            throw new PermanentStorageException(reference + " leads to no file", e);
        }
    }

    // Inputs

    @Override
    public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) throws IOException {
        Disk.requireNotInterrupted("looking up " + reference);
        Path path = pathNow(reference, "");
        String text = reference.location(DataReference.PATH).orElseThrow();
        String name = text.substring(Math.max(text.lastIndexOf('/'), text.lastIndexOf(fileSystem.getSeparator())) + 1);
        BasicFileAttributes attributes = regular(path, text);
        each.accept(new SourceObject(
                reference,
                name,
                name,
                text,
                OptionalLong.of(attributes.size()),
                Optional.empty(),
                Optional.of(version(attributes)),
                Optional.empty()));
    }

    private static BasicFileAttributes regular(Path path, String text) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            throw new PermanentStorageException("a directory is no input file: \"" + text + "\"");
        }
        if (!attributes.isRegularFile()) {
            throw new PermanentStorageException("not a regular file: \"" + text + "\"");
        }
        return attributes;
    }

    private static String version(BasicFileAttributes attributes) {
        return attributes.size() + " " + attributes.lastModifiedTime() + " " + attributes.fileKey();
    }

    @Override
    public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
        transfer.requireActive();
        Disk.requireNotInterrupted("copying " + object.source());
        Path path = pathNow(object.reference(), "");
        requireUnchanged(object, path);
        byte[] buffer = new byte[COPY_BYTES];
        long sizeBytes = 0;
        try (InputStream in = Files.newInputStream(path);
                SeekableByteChannel out =
                        Files.newByteChannel(target, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                Disk.write(out, ByteBuffer.wrap(buffer, 0, n), target);
                sizeBytes += n;
                transfer.advanced(n);
                transfer.requireActive();
                Disk.requireNotInterrupted("copying " + object.source());
            }
        } catch (IOException e) {
            throw Disk.translated(e, "copying " + object.source());
        }
        requireUnchanged(object, path);
        if (sizeBytes != object.sizeBytes().orElse(sizeBytes)) {
            throw changed(object);
        }
    }

    private static void requireUnchanged(SourceObject object, Path path) throws IOException {
        String version = version(regular(path, object.source()));
        if (!version.equals(object.version().orElse(version))) {
            throw changed(object);
        }
    }

    private static IOException changed(SourceObject object) {
        return new PermanentStorageException("changed since it was looked up: \"" + object.source() + "\"");
    }

    // Outputs

    @Override
    public Upload begin(Publication publication, Access access) throws IOException {
        Disk.requireNotInterrupted("publishing " + publication.target());
        Path destination = destination(publication);
        requireReplaceable(destination, publication);
        return new FileUpload(publication, destination);
    }

    /** The file to be replaced: the target, or what it leads to as a link. */
    private Path destination(Publication publication) throws IOException {
        Path path = pathNow(publication.target(), publication.nameSuffix());
        Path destination = path;
        for (int links = 0; Files.isSymbolicLink(destination); links++) {
            if (links == MOST_LINKS) {
                throw new PermanentStorageException("a link that leads to itself: \"" + path + "\"");
            }
            destination = destination.resolveSibling(Files.readSymbolicLink(destination));
        }
        return destination;
    }

    private void requireReplaceable(Path destination, Publication publication) throws IOException {
        boolean device = fileSystem.equals(FileSystems.getDefault())
                && (destination.startsWith("/proc")
                        || (destination.startsWith("/dev") && !destination.startsWith("/dev/shm")));
        Path shown = pathNow(publication.target(), publication.nameSuffix());
        if (Files.isDirectory(destination)) {
            throw new PermanentStorageException("a directory cannot be replaced by an output file: \"" + shown + "\"");
        }
        if (device || (Files.exists(destination) && !Files.isRegularFile(destination))) {
            throw new PermanentStorageException(
                    "a device or a FIFO cannot be replaced by an output file: \"" + shown + "\"");
        }
        if (!Files.isDirectory(parent(destination))) {
            throw new PermanentStorageException("the directory of an output file is missing: \"" + shown + "\"");
        }
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        return parent == null ? file.resolveSibling(".") : parent;
    }

    @Override
    public Optional<Published> find(Publication publication, Access access) throws IOException {
        Disk.requireNotInterrupted("looking up " + publication.target());
        Path path = pathNow(publication.target(), publication.nameSuffix());
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        String mark = mark(publication);
        boolean committed;
        synchronized (remembered) {
            committed = version(attributes).equals(remembered.get(mark));
        }
        return committed || (attributes.isRegularFile() && mark.equals(attribute(path)))
                ? Optional.of(published(publication, path, attributes.size()))
                : Optional.empty();
    }

    private static Published published(Publication publication, Path path, long sizeBytes) {
        String text = publication.target().location(DataReference.PATH).orElseThrow();
        return new Published(text + publication.nameSuffix(), path.toUri().toString(), sizeBytes);
    }

    @Override
    public void abandon(Publication publication, Access access) throws IOException {
        Disk.requireNotInterrupted("abandoning " + publication.target());
        String end = MARK + mark(publication) + "-";
        for (Path entry : Disk.list(parent(destination(publication)))) {
            if (Disk.name(entry).contains(end)) {
                Files.deleteIfExists(entry);
            }
        }
    }

    /** The publication as a file carries it: nobody can read a job's id out of it. */
    private static String mark(Publication publication) {
        String path = publication.target().location(DataReference.PATH).orElse("") + publication.nameSuffix();
        return Disk.fileName(publication.key() + "\0" + path).substring(0, 32);
    }

    private static @Nullable String attribute(Path file) {
        UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        if (view == null) {
            return null;
        }
        try {
            if (!view.list().contains(ATTRIBUTE)) {
                return null;
            }
            ByteBuffer buffer = ByteBuffer.allocate(view.size(ATTRIBUTE));
            view.read(ATTRIBUTE, buffer);
            return new String(buffer.array(), StandardCharsets.US_ASCII);
        } catch (IOException | UnsupportedOperationException e) {
            return null; // the file system has none, or it is gone by now
        }
    }

    private static boolean setAttribute(Path file, String mark) {
        UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        if (view == null) {
            return false;
        }
        try {
            view.write(ATTRIBUTE, ByteBuffer.wrap(mark.getBytes(StandardCharsets.US_ASCII)));
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private final class FileUpload implements Upload {
        private final Publication publication;
        private final Path destination;
        private final Path fresh;
        private final ContentWriter content;
        private @Nullable Published published;
        private boolean closed;

        FileUpload(Publication publication, Path destination) throws IOException {
            this.publication = publication;
            this.destination = destination;
            String name = Disk.name(destination);
            boolean shown = name.length() <= LONGEST_SHOWN_NAME && name.matches("[\\x20-\\x7e]+");
            this.fresh = destination.resolveSibling(
                    (shown ? "." + name : "") + MARK + mark(publication) + "-" + UUID.randomUUID());
            this.content = new ContentWriter(fresh);
        }

        @Override
        public OutputStream stream() throws IOException {
            requireOpen();
            return content;
        }

        private void requireOpen() throws IOException {
            if (closed) {
                throw new IOException("the upload is closed: " + publication.target());
            }
        }

        @Override
        public Published commit() throws IOException {
            if (published != null) {
                return published;
            }
            requireOpen();
            Optional<Published> before = find(publication, Access.none());
            Published now = before.isPresent() ? before.get() : replace();
            published = now;
            discard();
            return now;
        }

        private Published replace() throws IOException {
            String mark = mark(publication);
            try {
                boolean carried = setAttribute(fresh, mark);
                content.finish(); // also what makes the attribute last
                String version = version(Files.readAttributes(fresh, BasicFileAttributes.class));
                Disk.replace(fresh, destination);
                if (!carried) {
                    synchronized (remembered) {
                        remembered.put(mark, version);
                    }
                }
                Disk.syncDirectory(parent(destination));
            } catch (NoSuchFileException e) {
                throw new IOException("abandoned while it was being published: " + publication.target(), e);
            } catch (IOException e) {
                throw Disk.translated(e, "publishing " + publication.target());
            }
            Path path = pathNow(publication.target(), publication.nameSuffix());
            return published(publication, path, content.sizeBytes());
        }

        private void discard() throws IOException {
            try {
                content.discard();
            } finally {
                Files.deleteIfExists(fresh);
            }
        }

        @Override
        public void close() throws IOException {
            closed = true;
            discard();
        }
    }
}
