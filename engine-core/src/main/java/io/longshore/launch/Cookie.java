package io.longshore.launch;

import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import io.longshore.spi.LaunchKey;
import java.nio.charset.StandardCharsets;

/**
 * What marks the processes of a launch: the script and what it starts by a variable of their environment, the supervisor, which
 * has its fork server's environment, by its name.
 *
 * @param key the launch, as ASCII text
 * @param supervisor the name of its supervisor's process, 15 characters as the kernel keeps no more
 */
record Cookie(String key, String supervisor) {
    static final String SCRIPT = "LONGSHORE_LAUNCH_KEY";

    static Cookie of(LaunchKey key) {
        String text = key.toString();
        byte[] hash = Hashing.sha256().hashString(text, StandardCharsets.UTF_8).asBytes();
        return new Cookie(text, "ls-" + BaseEncoding.base64Url().encode(hash, 0, 9));
    }

    /** The entry of a script in its environment, between two NULs. */
    String ofScript() {
        return "\0" + SCRIPT + "=" + key + "\0";
    }
}
