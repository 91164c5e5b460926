namespace Lumen.Files;

/// <summary>A row of a <see cref="CsvFile"/>.</summary>
public sealed class CsvRow
{
    private readonly IReadOnlyList<string> _columns;
    private readonly string[] _fields;

    internal CsvRow(string place, IReadOnlyList<string> columns, string[] fields) => (Place, _columns, _fields) = (place, columns, fields);

    /// <summary>File and line, for messages.</summary>
    public string Place { get; }

    /// <summary>The text of a column; null if there is no such column or the field is empty.</summary>
    public string? this[string column]
    {
        get
        {
            for (var index = 0; index < _columns.Count; index++)
                if (_columns[index] == column)
                    return _fields[index].Length > 0 ? _fields[index] : null;
            return null;
        }
    }

    /// <summary>The text of a column.</summary>
    /// <exception cref="LumenException">There is no such column, or the field is empty.</exception>
    public string Required(string column) =>
        this[column] ?? throw new LumenException($"{Place} has no \"{column}\". The columns are {string.Join(", ", _columns)}.");
}
