package io.longshore.dialect;

import io.longshore.api.ArchiveFormat;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.JobRequest;
import io.longshore.api.KeepWorkspace;
import io.longshore.api.Limits;
import io.longshore.api.OnLost;
import io.longshore.api.OutputRequest;
import io.longshore.api.Retries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** The {@code longshore} object of a document: all our own settings, each optional (contract 4). */
final class Settings {
    private static final Set<String> OF_JOBS =
            Set.of("timeout", "limits", "retries", "on_lost", "keep_workspace", "key", "priority");
    private static final Set<String> OF_OUTPUTS = Set.of("on_empty", "on_failure", "format");

    private final Optional<Field> settings;

    private Settings(Optional<Field> settings) {
        this.settings = settings;
    }

    /** The settings of a document whose output is an archive, or is none. */
    static Settings of(Field document, boolean archive) {
        Settings settings = new Settings(document.find("longshore"));
        settings.settings.ifPresent(s -> {
            for (Map.Entry<String, Field> member : s.members()) {
                boolean known = OF_JOBS.contains(member.getKey()) || (archive && OF_OUTPUTS.contains(member.getKey()));
                if (!known) {
                    throw new InvalidRequestException(member.getValue().path(), null, "is no setting of this document");
                }
            }
        });
        return settings;
    }

    /** Applies what is about the job. */
    void apply(JobRequest.Builder request, Limits.Builder limits) {
        with("timeout", f -> limits.job(duration(f)));
        settings.flatMap(s -> s.find("limits")).ifPresent(l -> {
            requireKnown(l, Set.of("stage", "run", "publish"));
            l.find("stage").ifPresent(f -> limits.stage(duration(f)));
            l.find("run").ifPresent(f -> limits.run(duration(f)));
            l.find("publish").ifPresent(f -> limits.publish(duration(f)));
        });
        settings.flatMap(s -> s.find("retries")).ifPresent(r -> {
            requireKnown(r, Set.of("stage", "run", "publish"));
            Retries.Builder retries = Retries.builder();
            tries(r, "stage", retries::stage);
            tries(r, "run", retries::run);
            tries(r, "publish", retries::publish);
            request.retries(retries.build());
        });
        with("on_lost", f -> request.onLost(f.oneOf(OnLost.class)));
        with("keep_workspace", f -> request.keepWorkspace(f.oneOf(KeepWorkspace.class)));
        with("key", f -> request.key(f.word()));
        with("priority", f -> request.priority(f.wholeInt(Integer.MIN_VALUE)));
    }

    /** Applies what is about the archive. */
    void apply(OutputRequest.Builder output) {
        with("on_empty", f -> output.onEmpty(f.oneOf(OutputRequest.OnEmpty.class)));
        with("on_failure", f -> output.onFailure(f.oneOf(OutputRequest.OnFailure.class)));
        with("format", f -> output.format(format(f)));
    }

    private void with(String name, Consumer<Field> use) {
        settings.flatMap(s -> s.find(name)).ifPresent(use);
    }

    private static void tries(Field retries, String name, IntConsumer use) {
        retries.find(name).ifPresent(f -> use.accept(f.wholeInt(0)));
    }

    private static void requireKnown(Field object, Set<String> names) {
        for (Map.Entry<String, Field> member : object.members()) {
            if (!names.contains(member.getKey())) {
                throw new InvalidRequestException(member.getValue().path(), null, "is no setting");
            }
        }
    }

    private static ArchiveFormat format(Field field) {
        List<String> known = new ArrayList<>();
        for (ArchiveFormat format : ArchiveFormat.values()) {
            if (field.value().isTextual() && field.text().equals(format.id())) {
                return format;
            }
            known.add(format.id());
        }
        throw field.expected("one of " + known);
    }

    private static Duration duration(Field field) {
        return Limits.duration(field.path(), field.text());
    }
}
