/** S3 as a data source and a data sink. */
@NullMarked
package io.longshore.storage.s3;

import org.jspecify.annotations.NullMarked;
