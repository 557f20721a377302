package io.longshore.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.stage.EmbeddedSource;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/** Data that stands in the submission itself: text, or a data URI (RFC 2397). */
final class EmbeddedData {
    private static final String MEDIA_TYPE = "media_type";
    private static final String BASE64 = ";base64";

    private EmbeddedData() {}

    static DataReference ofText(String text) {
        // Text may hold what a location may not, and need not be quoted in any message: NUL characters.
        return text.indexOf('\0') < 0
                ? DataReference.builder(EmbeddedSource.TYPE)
                        .location(EmbeddedSource.TEXT, text)
                        .build()
                : ofBytes(text.getBytes(StandardCharsets.UTF_8), "text/plain;charset=utf-8");
    }

    static DataReference ofUri(Field field) {
        String uri = field.text();
        int comma = uri.indexOf(',');
        if (!uri.regionMatches(true, 0, "data:", 0, 5) || comma < 0) {
            throw new InvalidRequestException(
                    field.path(), null, "must be a data URI, as data:text/plain;base64,aGVsbG8=");
        }
        String before = uri.substring(5, comma);
        String after = uri.substring(comma + 1);
        boolean base64 = before.toLowerCase(Locale.ROOT).endsWith(BASE64);
        String mediaType = base64 ? before.substring(0, before.length() - BASE64.length()) : before;
        try {
            return ofBytes(base64 ? decode(after) : unescape(after), mediaType);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(
                    field.path(), null, "is a data URI whose data is not " + (base64 ? "Base64" : "URL-encoded"));
        }
    }

    /** What a script's payload shows of it. */
    static JsonNode node(DataReference reference) {
        return TextNode.valueOf(reference
                .location(EmbeddedSource.TEXT)
                .orElseGet(() -> "data:" + reference.location(MEDIA_TYPE).orElse("") + BASE64 + ","
                        + reference.location(EmbeddedSource.DATA).orElse("")));
    }

    private static DataReference ofBytes(byte[] bytes, String mediaType) {
        return DataReference.builder(EmbeddedSource.TYPE)
                .location(MEDIA_TYPE, mediaType)
                .location(EmbeddedSource.DATA, Base64.getEncoder().encodeToString(bytes))
                .build();
    }

    /** Base64 as URIs may carry it: percent-encoded, of either alphabet, with or without its padding. */
    private static byte[] decode(String text) {
        String plain = new String(unescape(text), StandardCharsets.ISO_8859_1)
                .replace('-', '+')
                .replace('_', '/');
        return Base64.getDecoder().decode(plain);
    }

    private static byte[] unescape(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] == '%') {
                if (i + 2 >= raw.length) {
                    throw new IllegalArgumentException("ends within an escape");
                }
                int high = Character.digit(raw[i + 1], 16);
                int low = Character.digit(raw[i + 2], 16);
                if (high < 0 || low < 0) {
                    throw new IllegalArgumentException("holds an escape that is none");
                }
                bytes.write((high << 4) | low);
                i += 2;
            } else {
                bytes.write(raw[i]);
            }
        }
        return bytes.toByteArray();
    }
}
