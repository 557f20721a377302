package io.longshore.storage.local;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.longshore.api.DataReference;
import io.longshore.spi.Access;
import io.longshore.spi.DataSource;
import io.longshore.testkit.DataSourceContract;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

class LocalSourceTest {
    abstract static class InASpace extends DataSourceContract {
        private LocalSpace space;

        abstract Path home() throws IOException;

        private LocalSpace space() throws IOException {
            if (space == null) {
                space = LocalSpace.open(home().resolve("space"));
            }
            return space;
        }

        @Override
        protected DataSource source() throws IOException {
            return space().source();
        }

        @Override
        protected Access access() {
            return Access.none();
        }

        @Override
        protected DataReference stored(String name, byte[] content) throws IOException {
            return DataReference.asset(new SpaceByHand(space().directory()).add(name, content));
        }

        @Override
        protected DataReference missing() {
            return DataReference.asset("04f74392-0000-4000-8000-000000000000");
        }

        @Override
        protected List<DataReference> incomplete() {
            DataReference.Builder none = DataReference.builder("data_asset");
            return List.of(
                    none.build(),
                    href(""),
                    href("04f74392"),
                    href("/v2/assets/"),
                    href("/v2/assets/a/b"),
                    href("/v2/assets/../x y"),
                    href("file:///v2/assets/a"),
                    href("https://h?/v2/assets/a"),
                    none.location("name", "a.csv").build());
        }

        private static DataReference href(String href) {
            return DataReference.builder("data_asset").location("href", href).build();
        }

        @Override
        protected Path targets(Path temporary) throws IOException {
            return Files.createDirectories(home().resolve("fetched here"));
        }
    }

    @Nested
    class OnUnix extends InASpace {
        private final FileSystem files = Jimfs.newFileSystem(Configuration.unix());

        @Override
        Path home() {
            return files.getPath("/home");
        }

        @AfterEach
        void close() throws IOException {
            files.close();
        }
    }

    @Nested
    class OnWindows extends InASpace {
        private final FileSystem files = Jimfs.newFileSystem(Configuration.windows());

        @Override
        Path home() {
            return files.getPath("C:\\home");
        }

        @AfterEach
        void close() throws IOException {
            files.close();
        }
    }

    @Nested
    class OnThisMachine extends InASpace {
        @TempDir
        Path directory;

        @Override
        Path home() {
            return directory;
        }
    }
}
