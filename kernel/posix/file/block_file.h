/*
 * The block device behind an open file, for those who use its queue themselves (POSIX aio).
 */
#ifndef LWD_POSIX_FILE_BLOCK_FILE_H
#define LWD_POSIX_FILE_BLOCK_FILE_H

#include <lwd/block.h>
#include "posix/file/file.h"

/* Null if it is none. Stays as long as the file. */
struct block_device *block_file_device(struct open_file *file);

#endif
