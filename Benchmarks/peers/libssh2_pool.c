/* Reads the positions of all photos below a folder with libssh2's own SFTP calls: a pool of blocking
   connections, one request at a time on each, the first 64 KiB of every photo, decoded by libexif.

   libssh2_pool HOST PORT USER KEY FOLDER CONNECTIONS LIMIT(0: all)
   Prints one line of JSON: photos, located, seconds. */
#include <arpa/inet.h>
#include <libexif/exif-data.h>
#include <libssh2.h>
#include <libssh2_sftp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { head = 65536 };
static const char *host, *user, *key;
static int port;
static char **paths;
static size_t count, capacity, wanted, next_one, located;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what) {
  fprintf(stderr, "libssh2_pool: %s\n", what);
  exit(1);
}

static LIBSSH2_SFTP *connected(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, host, &place.sin_addr) != 1) fail("address");
  if (connect(fd, (struct sockaddr *)&place, sizeof place) != 0) fail("connect");
  LIBSSH2_SESSION *session = libssh2_session_init();
  if (!session || libssh2_session_handshake(session, fd)) fail("handshake");
  if (libssh2_userauth_publickey_fromfile(session, user, NULL, key, NULL)) fail("login");
  LIBSSH2_SFTP *sftp = libssh2_sftp_init(session);
  if (!sftp) fail("sftp");
  return sftp;
}

static void list(LIBSSH2_SFTP *sftp, const char *folder) {
  LIBSSH2_SFTP_HANDLE *handle = libssh2_sftp_opendir(sftp, folder);
  if (!handle) return;
  char name[512];
  LIBSSH2_SFTP_ATTRIBUTES attributes;
  char **folders = NULL;
  size_t folder_count = 0;
  while (libssh2_sftp_readdir(handle, name, sizeof name, &attributes) > 0) {
    if (name[0] == '.') continue;
    char *path = malloc(strlen(folder) + strlen(name) + 2);
    sprintf(path, "%s/%s", folder, name);
    const char *ending = strrchr(name, '.');
    if (LIBSSH2_SFTP_S_ISDIR(attributes.permissions)) {
      folders = realloc(folders, (folder_count + 1) * sizeof *folders);
      folders[folder_count++] = path;
    } else if (ending && (!strcasecmp(ending, ".jpg") || !strcasecmp(ending, ".jpeg"))) {
      if (count == capacity) paths = realloc(paths, (capacity = capacity * 2 + 64) * sizeof *paths);
      paths[count++] = path;
    }
  }
  libssh2_sftp_closedir(handle);
  for (size_t i = 0; i < folder_count; i++) list(sftp, folders[i]);
  free(folders);
}

static int has_position(const unsigned char *bytes, unsigned length) {
  ExifData *data = exif_data_new_from_data(bytes, length);
  if (!data) return 0;
  int found = exif_content_get_entry(data->ifd[EXIF_IFD_GPS], (ExifTag)EXIF_TAG_GPS_LATITUDE) &&
              exif_content_get_entry(data->ifd[EXIF_IFD_GPS], (ExifTag)EXIF_TAG_GPS_LONGITUDE);
  exif_data_unref(data);
  return found;
}

static void *work(void *given) {
  LIBSSH2_SFTP *sftp = given ? given : connected();
  unsigned char *bytes = malloc(head);
  for (;;) {
    pthread_mutex_lock(&lock);
    size_t mine = next_one++;
    pthread_mutex_unlock(&lock);
    if (mine >= wanted) break;
    LIBSSH2_SFTP_HANDLE *file =
        libssh2_sftp_open(sftp, paths[mine * count / wanted], LIBSSH2_FXF_READ, 0);
    if (!file) continue;
    size_t length = 0;
    ssize_t got;
    while (length < head && (got = libssh2_sftp_read(file, (char *)bytes + length, head - length)) > 0)
      length += (size_t)got;
    libssh2_sftp_close(file);
    if (has_position(bytes, (unsigned)length)) {
      pthread_mutex_lock(&lock);
      located++;
      pthread_mutex_unlock(&lock);
    }
  }
  free(bytes);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 8) fail("HOST PORT USER KEY FOLDER CONNECTIONS LIMIT");
  host = argv[1];
  port = atoi(argv[2]);
  user = argv[3];
  key = argv[4];
  int connections = atoi(argv[6]);
  size_t limit = (size_t)atol(argv[7]);
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  libssh2_init(0);
  LIBSSH2_SFTP *first = connected();
  list(first, argv[5]);
  wanted = limit && limit < count ? limit : count;
  pthread_t threads[64];
  for (int i = 0; i < connections && i < 64; i++)
    pthread_create(&threads[i], NULL, work, i == 0 ? first : NULL);
  for (int i = 0; i < connections && i < 64; i++) pthread_join(threads[i], NULL);
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("{\"photos\": %zu, \"located\": %zu, \"seconds\": %.3f}\n", wanted, located,
         (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
  return 0;
}
