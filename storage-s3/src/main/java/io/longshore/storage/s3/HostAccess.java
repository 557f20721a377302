package io.longshore.storage.s3;

import java.net.URI;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.profiles.Profile;
import software.amazon.awssdk.profiles.ProfileFile;

/**
 * What the host itself is configured with: its endpoint, its region, and its credentials, which go nowhere but there.
 *
 * @param endpoint the S3 endpoint; empty for AWS itself
 * @param region the region
 * @param credentials makes the provider of the host's credentials
 */
record HostAccess(Optional<URI> endpoint, Optional<String> region, Supplier<AwsCredentialsProvider> credentials) {

    /** The process's own, as the SDK reads it: system properties, then environment, then the profile. */
    static HostAccess ofProcess() {
        return of(
                System::getProperty,
                System::getenv,
                ProfileFile::defaultProfileFile,
                () -> DefaultCredentialsProvider.builder().build());
    }

    static HostAccess of(
            Function<String, String> properties,
            Function<String, String> environment,
            Supplier<ProfileFile> profiles,
            Supplier<AwsCredentialsProvider> credentials) {
        Supplier<Optional<Profile>> profile = () -> profiles.get()
                .profile(first(properties.apply("aws.profile"), environment.apply("AWS_PROFILE"))
                        .orElse("default"));
        Optional<URI> endpoint = first(
                        properties.apply("aws.endpointUrlS3"),
                        properties.apply("aws.endpointUrl"),
                        environment.apply("AWS_ENDPOINT_URL_S3"),
                        environment.apply("AWS_ENDPOINT_URL"))
                .or(() -> profile.get().flatMap(p -> profileEndpoint(profiles.get(), p)))
                .map(text -> S3Clients.endpoint(text)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "the host's own S3 endpoint is no http or https address")));
        Optional<String> region = first(properties.apply("aws.region"), environment.apply("AWS_REGION"))
                .or(() -> profile.get().flatMap(p -> p.property("region")));
        return new HostAccess(endpoint, region, credentials);
    }

    private static Optional<String> profileEndpoint(ProfileFile profiles, Profile profile) {
        return profile.property("services")
                .flatMap(name -> profiles.getSection("services", name))
                .flatMap(services -> services.property("s3.endpoint_url"))
                .or(() -> profile.property("s3.endpoint_url"))
                .or(() -> profile.property("endpoint_url"));
    }

    private static Optional<String> first(String... values) {
        for (String value : values) {
            if (value != null && !value.isBlank()) {
                return Optional.of(value.trim());
            }
        }
        return Optional.empty();
    }
}
