/**
 * What a host application calls: requests, jobs, outcomes, events and the engine itself. Methods may be added to these
 * types; a plug-in implements none of them but {@link io.longshore.api.JobListener}.
 */
@NullMarked
package io.longshore.api;

import org.jspecify.annotations.NullMarked;
