// See pq.h.
#include "pq.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

typedef void (*Processor)(void *, const char *);

static struct {
  int (*PQlibVersion)(void);
  pq_option *(*PQconninfoParse)(const char *, char **);
  void (*PQconninfoFree)(pq_option *);
  void (*PQfreemem)(void *);
  pq_connection *(*PQconnectdbParams)(const char *const *, const char *const *, int);
  void (*PQfinish)(pq_connection *);
  int (*PQstatus)(const pq_connection *);
  char *(*PQerrorMessage)(const pq_connection *);
  int (*PQserverVersion)(const pq_connection *);
  int (*PQconnectionNeedsPassword)(const pq_connection *);
  int (*PQconnectionUsedPassword)(const pq_connection *);
  char *(*PQhost)(const pq_connection *);
  char *(*PQdb)(const pq_connection *);
  char *(*PQuser)(const pq_connection *);
  Processor (*PQsetNoticeProcessor)(pq_connection *, Processor, void *);
  pq_result *(*PQexec)(pq_connection *, const char *);
  pq_result *(*PQexecParams)(pq_connection *, const char *, int, const unsigned *, const char *const *,
                             const int *, const int *, int);
  int (*PQsendQueryParams)(pq_connection *, const char *, int, const unsigned *, const char *const *,
                           const int *, const int *, int);
  int (*PQsetSingleRowMode)(pq_connection *);
  pq_result *(*PQgetResult)(pq_connection *);
  int (*PQresultStatus)(const pq_result *);
  char *(*PQresultErrorField)(const pq_result *, int);
  char *(*PQresultErrorMessage)(const pq_result *);
  int (*PQntuples)(const pq_result *);
  int (*PQnfields)(const pq_result *);
  int (*PQgetisnull)(const pq_result *, int, int);
  char *(*PQgetvalue)(const pq_result *, int, int);
  int (*PQgetlength)(const pq_result *, int, int);
  char *(*PQcmdTuples)(pq_result *);
  void (*PQclear)(pq_result *);
  int (*PQputCopyData)(pq_connection *, const char *, int);
  int (*PQputCopyEnd)(pq_connection *, const char *);
  int (*PQgetCopyData)(pq_connection *, char **, int);
} lib;

static int is_loaded;

#define FIND(name)                                    \
  lib.name = (__typeof__(lib.name))dlsym(found, #name); \
  if (!lib.name) return;

static void load(void) {
#ifdef __APPLE__
  void *found = dlopen("libpq.5.dylib", RTLD_NOW | RTLD_LOCAL);
  if (!found) found = dlopen("/opt/homebrew/opt/libpq/lib/libpq.5.dylib", RTLD_NOW | RTLD_LOCAL);
#else
  void *found = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
#endif
  if (!found) return;
  FIND(PQlibVersion) FIND(PQconninfoParse) FIND(PQconninfoFree) FIND(PQfreemem) FIND(PQconnectdbParams)
  FIND(PQfinish) FIND(PQstatus) FIND(PQerrorMessage) FIND(PQserverVersion) FIND(PQconnectionNeedsPassword)
  FIND(PQconnectionUsedPassword) FIND(PQhost) FIND(PQdb) FIND(PQuser) FIND(PQsetNoticeProcessor) FIND(PQexec)
  FIND(PQexecParams) FIND(PQsendQueryParams) FIND(PQsetSingleRowMode) FIND(PQgetResult) FIND(PQresultStatus)
  FIND(PQresultErrorField) FIND(PQresultErrorMessage) FIND(PQntuples) FIND(PQnfields) FIND(PQgetisnull)
  FIND(PQgetvalue) FIND(PQgetlength) FIND(PQcmdTuples) FIND(PQclear) FIND(PQputCopyData) FIND(PQputCopyEnd)
  FIND(PQgetCopyData)
  is_loaded = 1;
}

int pq_version(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return is_loaded ? lib.PQlibVersion() : 0;
}

pq_option *pq_parse(const char *text, char **message) { return lib.PQconninfoParse(text, message); }
void pq_free_options(pq_option *options) { lib.PQconninfoFree(options); }
void pq_free(void *memory) { lib.PQfreemem(memory); }

pq_connection *pq_connect(const char *const *keywords, const char *const *values) {
  return lib.PQconnectdbParams(keywords, values, 1);
}
void pq_finish(pq_connection *c) { lib.PQfinish(c); }
int pq_status(const pq_connection *c) { return lib.PQstatus(c); }
const char *pq_error_message(const pq_connection *c) { return lib.PQerrorMessage(c); }
int pq_server_version(const pq_connection *c) { return lib.PQserverVersion(c); }
int pq_needs_password(const pq_connection *c) { return lib.PQconnectionNeedsPassword(c); }
int pq_used_password(const pq_connection *c) { return lib.PQconnectionUsedPassword(c); }
const char *pq_host(const pq_connection *c) { return lib.PQhost(c); }
const char *pq_database(const pq_connection *c) { return lib.PQdb(c); }
const char *pq_user(const pq_connection *c) { return lib.PQuser(c); }

static void drop(void *context, const char *message) {
  (void)context;
  (void)message;
}
void pq_drop_notices(pq_connection *c) { lib.PQsetNoticeProcessor(c, drop, NULL); }

pq_result *pq_execute(pq_connection *c, const char *sql) { return lib.PQexec(c, sql); }
pq_result *pq_execute_with(pq_connection *c, const char *sql, int count, const char *const *values) {
  return lib.PQexecParams(c, sql, count, NULL, values, NULL, NULL, 0);
}
int pq_send(pq_connection *c, const char *sql, int count, const char *const *values) {
  return lib.PQsendQueryParams(c, sql, count, NULL, values, NULL, NULL, 0) && lib.PQsetSingleRowMode(c);
}
pq_result *pq_next(pq_connection *c) { return lib.PQgetResult(c); }

int pq_result_status(const pq_result *r) { return lib.PQresultStatus(r); }
const char *pq_result_field(const pq_result *r, int field) { return lib.PQresultErrorField(r, field); }
const char *pq_result_message(const pq_result *r) { return lib.PQresultErrorMessage(r); }
int pq_rows(const pq_result *r) { return lib.PQntuples(r); }
int pq_columns(const pq_result *r) { return lib.PQnfields(r); }
int pq_is_null(const pq_result *r, int row, int column) { return lib.PQgetisnull(r, row, column); }
const char *pq_value(const pq_result *r, int row, int column) { return lib.PQgetvalue(r, row, column); }
int pq_length(const pq_result *r, int row, int column) { return lib.PQgetlength(r, row, column); }
const char *pq_affected(pq_result *r) { return lib.PQcmdTuples(r); }
void pq_clear(pq_result *r) { lib.PQclear(r); }

int pq_put(pq_connection *c, const char *bytes, int count) { return lib.PQputCopyData(c, bytes, count); }
int pq_put_end(pq_connection *c, const char *message) { return lib.PQputCopyEnd(c, message); }
int pq_get(pq_connection *c, char **bytes) { return lib.PQgetCopyData(c, bytes, 0); }
