package io.longshore.storage.local;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.longshore.api.DataReference;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.Published;
import io.longshore.testkit.DataSinkContract;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

class LocalSinkTest {
    abstract static class InASpace extends DataSinkContract {
        private LocalSpace space;

        abstract Path home() throws IOException;

        private LocalSpace space() throws IOException {
            if (space == null) {
                space = LocalSpace.open(home().resolve("space"));
            }
            return space;
        }

        private SpaceByHand byHand() throws IOException {
            return new SpaceByHand(space().directory());
        }

        @Override
        protected DataSink sink() throws IOException {
            return space().sink();
        }

        @Override
        protected DataSink reopened() throws IOException {
            return LocalSpace.open(space().directory()).sink();
        }

        @Override
        protected Access access() {
            return Access.none();
        }

        @Override
        protected DataReference target(String name) {
            return DataReference.assetNamed(name);
        }

        @Override
        protected List<DataReference> incomplete() {
            DataReference.Builder none = DataReference.builder("data_asset");
            return List.of(
                    none.build(),
                    DataReference.asset("a"),
                    DataReference.assetNamed("a").toBuilder()
                            .location("href", "/v2/assets/a")
                            .build(),
                    DataReference.assetNamed("ä".repeat(513)),
                    DataReference.assetNamed("half a character: \ud800"),
                    none.location("name", "").build());
        }

        @Override
        protected Set<String> visible() throws IOException {
            return byHand().visible();
        }

        @Override
        protected List<String> leftovers() throws IOException {
            return byHand().leftovers();
        }

        @Override
        protected byte[] read(Published published) throws IOException {
            return byHand().read(published);
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
