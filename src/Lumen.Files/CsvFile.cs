using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Lumen.Files;

/// <summary>
/// A table from outside with a line of column names: comma, semicolon or tab between the fields, quotes as RFC 4180 has them, UTF-8 or
/// UTF-16. Rows are read while they are taken.
/// </summary>
public sealed class CsvFile
{
    private const int LongestField = 1 << 20;
    private static readonly string[] Delimiters = [",", ";", "\t"];
    private readonly string _path;
    private readonly string _delimiter;

    private CsvFile(string path, string delimiter, IReadOnlyList<string> columns) =>
        (_path, _delimiter, Columns) = (path, delimiter, columns);

    /// <summary>The names of the columns, in order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Opens a table and reads its first line.</summary>
    /// <exception cref="LumenException">It cannot be read, is empty, or names a column twice.</exception>
    public static CsvFile Open(string path)
    {
        var (first, found) = TextFile.Lines(path).Select(line => (line.Text, true)).FirstOrDefault(line => line.Text.Length > 0);
        if (!found)
            throw new LumenException(
                LumenErrorKind.Format,
                $"{path} is empty. Its first line must name the columns, such as: file_name,text"
            );
        var delimiter = Delimiters.MaxBy(one => first.Split(one).Length)!;
        var columns = new CsvFile(path, delimiter, []).Records().First().Fields.Select(name => name.Trim()).ToArray();
        if (columns.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new LumenException(LumenErrorKind.Format, $"{path}, line 1 names the column \"{twice.Key}\" twice. Rename one of them.");
        return new CsvFile(path, delimiter, columns);
    }

    /// <summary>The rows after the column names; blank lines are left out.</summary>
    /// <exception cref="LumenException">A row has more or fewer fields than there are columns, or quotes that do not end; the line is
    /// named.</exception>
    public IEnumerable<CsvRow> Rows()
    {
        foreach (var (line, fields) in Records().Skip(1))
        {
            if (fields.Length != Columns.Count)
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"{_path}, line {line} has {fields.Length} fields, but there are {Columns.Count} columns "
                        + $"({string.Join(", ", Columns)}). Put text that holds a \"{_delimiter}\" between quotes."
                );
            yield return new CsvRow($"{_path}, line {line}", Columns, fields);
        }
    }

    private IEnumerable<(int Line, string[] Fields)> Records()
    {
        using var stream = TextFile.Open(_path);
        using var reader = new StreamReader(
            stream,
            new UTF8Encoding(false, throwOnInvalidBytes: true),
            detectEncodingFromByteOrderMarks: false
        );
        var settings = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = _delimiter,
            MaxFieldSize = LongestField,
            IgnoreBlankLines = true,
            BadDataFound = null,
        };
        using var parser = new CsvParser(reader, settings);
        while (true)
        {
            var line = parser.RawRow + 1;
            if (!TextFile.Guarded(_path, () => Next(parser, line)))
                yield break;
            var raw = parser.RawRecord;
            if (raw.AsSpan().Count('"') % 2 != 0)
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"{_path}, line {line} has quotes that do not end. Write \" within a text as \"\"."
                );
            yield return (line, parser.Record!);
        }
    }

    private bool Next(CsvParser parser, int line)
    {
        try
        {
            return parser.Read();
        }
        catch (CsvHelperException error)
        {
            if (error.InnerException is DecoderFallbackException)
                throw TextFile.NotText(_path, line, error);
            throw new LumenException(
                $"{_path}, line {line} cannot be read: a field has more than {LongestField} letters. Quotes that do not end may be "
                    + "the reason.",
                error
            );
        }
    }
}

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
        this[column]
        ?? throw new LumenException(LumenErrorKind.Format, $"{Place} has no \"{column}\". The columns are {string.Join(", ", _columns)}.");
}
