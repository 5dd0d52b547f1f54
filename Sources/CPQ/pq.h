// The functions of libpq (PostgreSQL 15 documentation, chapter 34) that gpsindex calls. The library is loaded by the first of
// them, so that a query never pays for it and building needs no header of PostgreSQL. Names carry a prefix: libpq's own must
// not be found in this program instead.
#ifndef GPSINDEX_PQ_H
#define GPSINDEX_PQ_H

typedef struct pg_conn pq_connection;
typedef struct pg_result pq_result;

// ConnStatusType, ExecStatusType and PGTransactionStatusType: part of libpq's ABI 5.
enum { PQ_CONNECTION_OK = 0 };
enum {
  PQ_EMPTY_QUERY = 0,
  PQ_COMMAND_OK = 1,
  PQ_TUPLES_OK = 2,
  PQ_COPY_OUT = 3,
  PQ_COPY_IN = 4,
  PQ_SINGLE_TUPLE = 9
};

// PG_DIAG_… of postgres_ext.h.
enum { PQ_DIAG_SQLSTATE = 'C', PQ_DIAG_PRIMARY = 'M', PQ_DIAG_DETAIL = 'D' };

// PQconninfoOption.
typedef struct {
  char *keyword;
  char *envvar;
  char *compiled;
  char *val;
  char *label;
  char *dispchar;
  int dispsize;
} pq_option;

/// 0 when there is no libpq: nothing else may be called then.
int pq_version(void);

pq_option *pq_parse(const char *text, char **message);
void pq_free_options(pq_option *options);
void pq_free(void *memory);

pq_connection *pq_connect(const char *const *keywords, const char *const *values);
void pq_finish(pq_connection *connection);
int pq_status(const pq_connection *connection);
const char *pq_error_message(const pq_connection *connection);
int pq_server_version(const pq_connection *connection);
int pq_needs_password(const pq_connection *connection);
int pq_used_password(const pq_connection *connection);
const char *pq_host(const pq_connection *connection);
const char *pq_database(const pq_connection *connection);
const char *pq_user(const pq_connection *connection);
/// Notices of the server are dropped instead of being printed.
void pq_drop_notices(pq_connection *connection);

/// All values are texts; results, too.
pq_result *pq_execute(pq_connection *connection, const char *sql);
pq_result *pq_execute_with(pq_connection *connection, const char *sql, int count, const char *const *values);
/// The rows come one by one (PQsetSingleRowMode). 0 when it failed.
int pq_send(pq_connection *connection, const char *sql, int count, const char *const *values);
pq_result *pq_next(pq_connection *connection);

int pq_result_status(const pq_result *result);
const char *pq_result_field(const pq_result *result, int field);
const char *pq_result_message(const pq_result *result);
int pq_rows(const pq_result *result);
int pq_columns(const pq_result *result);
int pq_is_null(const pq_result *result, int row, int column);
const char *pq_value(const pq_result *result, int row, int column);
int pq_length(const pq_result *result, int row, int column);
const char *pq_affected(pq_result *result);
void pq_clear(pq_result *result);

/// 1 when it was taken, -1 when it failed.
int pq_put(pq_connection *connection, const char *bytes, int count);
/// - message: NULL to end well, else the copy fails with it.
int pq_put_end(pq_connection *connection, const char *message);
/// The length of a row that `pq_free` releases; -1 at the end, -2 when it failed.
int pq_get(pq_connection *connection, char **bytes);

#endif
