using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Lumen.Studio.Storage;

/// <summary>One connection to the studio's SQLite file, used by one caller at a time. What was written survives a kill.</summary>
internal sealed class StudioDatabase : IDisposable
{
    private const string Schema = """
        create table if not exists jobs (
            id text primary key, client text not null, state text not null, place integer not null, request text not null,
            created text not null, ended text, fault text, done integer not null default 0, total integer not null default 0);
        create table if not exists pictures (
            id text primary key, job text, file text not null, prompt text not null, record text not null, seed text not null,
            agreement real, width integer not null, height integer not null, created text not null,
            reference text, layout text, starred integer not null default 0, binned integer not null default 0);
        create table if not exists sources (
            id text primary key, kind text not null, name text not null, width integer not null, height integer not null,
            reference text, edits text not null default '', created text not null);
        create table if not exists presets (name text primary key, settings text not null, created text not null);
        create index if not exists pictures_created on pictures (created);
        create index if not exists pictures_job on pictures (job);
        """;

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;

    /// <param name="path">Made if absent.</param>
    /// <exception cref="LumenException">It is no SQLite file, or cannot be written.</exception>
    public StudioDatabase(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            _connection.Open();
            Do("pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000;");
            Do(Schema);
        }
        catch (SqliteException fault)
        {
            _connection.Dispose();
            throw new LumenException(
                LumenErrorKind.File,
                $"The data base {path} cannot be used: {fault.Message} Choose another `Gallery`, or move the file away; the pictures stay.",
                fault
            );
        }
    }

    /// <summary>Runs statements.</summary>
    /// <param name="text">With <c>$0</c>, <c>$1</c>, ... for the values.</param>
    /// <param name="values">The values; null for none.</param>
    /// <returns>How many rows were changed.</returns>
    public int Do(string text, params object?[] values)
    {
        lock (_lock)
        {
            using var command = Command(text, values);
            return command.ExecuteNonQuery();
        }
    }

    /// <summary>Reads rows.</summary>
    public List<T> Read<T>(string text, Func<Row, T> read, params object?[] values)
    {
        lock (_lock)
        {
            using var command = Command(text, values);
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
                rows.Add(read(new Row(reader)));
            return rows;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _connection.Dispose();
    }

    private SqliteCommand Command(string text, object?[] values)
    {
        var command = _connection.CreateCommand();
        command.CommandText = text;
        for (var i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"${i}"), values[i] ?? DBNull.Value);
        return command;
    }

    /// <summary>A row, read by the columns' names.</summary>
    internal readonly struct Row(SqliteDataReader reader)
    {
        public string Text(string column) => reader.GetString(reader.GetOrdinal(column));

        public string? OptionalText(string column) => IsNull(column) ? null : Text(column);

        public long Whole(string column) => reader.GetInt64(reader.GetOrdinal(column));

        public int Int(string column) => (int)Whole(column);

        public bool Flag(string column) => Whole(column) != 0;

        public double? Number(string column) => IsNull(column) ? null : reader.GetDouble(reader.GetOrdinal(column));

        public DateTimeOffset Time(string column) => DateTimeOffset.Parse(Text(column), CultureInfo.InvariantCulture);

        public DateTimeOffset? OptionalTime(string column) => IsNull(column) ? null : Time(column);

        private bool IsNull(string column) => reader.IsDBNull(reader.GetOrdinal(column));
    }
}
