// A read-only mirror of a folder that answers as late as a distant share: a stand-in for NFS, SMB and sshfs.
//
//   delayfs SOURCE MOUNTPOINT MILLISECONDS [DIE_AFTER]
//
// Every getattr, open, opendir and read waits MILLISECONDS first. Attributes do not travel with listings, and the kernel
// keeps none. A file whose name contains "hang" never opens. After DIE_AFTER operations nothing answers any more.
// Runs in the foreground until it is unmounted or killed.
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *source;
static useconds_t wait_us;
static long die_after = LONG_MAX;
static atomic_long operations;

static int hang(void);

static int answer_late(void) {
  if (atomic_fetch_add(&operations, 1) >= die_after) return hang();
  usleep(wait_us);
  return 0;
}

// Until the process that waits is killed, as with NFS: libfuse then sends this thread a signal.
static int hang(void) {
  pause();
  return -EINTR;
}

static int in_source(const char *path, char out[PATH_MAX]) {
  return snprintf(out, PATH_MAX, "%s%s", source, path) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int mirror_getattr(const char *path, struct stat *status, struct fuse_file_info *info) {
  (void)info;
  char real[PATH_MAX];
  int code = in_source(path, real);
  if (code) return code;
  if ((code = answer_late())) return code;
  return lstat(real, status) == 0 ? 0 : -errno;
}

static int mirror_opendir(const char *path, struct fuse_file_info *info) {
  char real[PATH_MAX];
  int code = in_source(path, real);
  if (code) return code;
  if ((code = answer_late())) return code;
  DIR *folder = opendir(real);
  if (!folder) return -errno;
  info->fh = (uint64_t)(uintptr_t)folder;
  return 0;
}

static int mirror_readdir(const char *path, void *out, fuse_fill_dir_t fill, off_t offset,
                          struct fuse_file_info *info, enum fuse_readdir_flags flags) {
  (void)path, (void)offset, (void)flags;
  struct dirent *entry;
  rewinddir((DIR *)(uintptr_t)info->fh);
  while ((entry = readdir((DIR *)(uintptr_t)info->fh))) {
    struct stat status = {.st_ino = entry->d_ino, .st_mode = (mode_t)entry->d_type << 12};
    if (fill(out, entry->d_name, &status, 0, 0)) break;
  }
  return 0;
}

static int mirror_releasedir(const char *path, struct fuse_file_info *info) {
  (void)path;
  closedir((DIR *)(uintptr_t)info->fh);
  return 0;
}

static int mirror_open(const char *path, struct fuse_file_info *info) {
  char real[PATH_MAX];
  int code = in_source(path, real);
  if (code) return code;
  if ((code = answer_late())) return code;
  if (strstr(path, "hang")) return hang();
  int file = open(real, O_RDONLY);
  if (file < 0) return -errno;
  info->fh = (uint64_t)file;
  return 0;
}

static int mirror_read(const char *path, char *out, size_t count, off_t offset, struct fuse_file_info *info) {
  (void)path;
  int code = answer_late();
  if (code) return code;
  ssize_t got = pread((int)info->fh, out, count, offset);
  return got < 0 ? -errno : (int)got;
}

static int mirror_release(const char *path, struct fuse_file_info *info) {
  (void)path;
  close((int)info->fh);
  return 0;
}

static void *mirror_init(struct fuse_conn_info *connection, struct fuse_config *config) {
  (void)connection;
  config->intr = 1;
  config->intr_signal = SIGUSR1;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  return NULL;
}

static const struct fuse_operations mirror = {
    .init = mirror_init, .getattr = mirror_getattr, .opendir = mirror_opendir, .readdir = mirror_readdir,
    .releasedir = mirror_releasedir, .open = mirror_open, .read = mirror_read, .release = mirror_release};

int main(int count, char *words[]) {
  if (count < 4) {
    fprintf(stderr, "usage: delayfs SOURCE MOUNTPOINT MILLISECONDS [DIE_AFTER]\n");
    return 64;
  }
  source = realpath(words[1], NULL);
  if (!source) {
    perror(words[1]);
    return 66;
  }
  wait_us = (useconds_t)(atof(words[3]) * 1000);
  if (count > 4) die_after = atol(words[4]);
  // Many requests wait at once, each on a thread.
  char *given[] = {words[0], "-f", "-o", "ro,fsname=delayfs,max_threads=128,max_idle_threads=128", words[2], NULL};
  return fuse_main(5, given, &mirror, NULL);
}
