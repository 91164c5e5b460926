using System.Text;

namespace Lumen.Files;

/// <summary>Lines of bounded length: a file without line ends cannot claim all memory.</summary>
internal sealed class LineReader(TextReader reader, int longest)
{
    private readonly char[] _buffer = new char[1 << 14];
    private (int Start, int End) _filled;
    private bool _skipsLineFeed;

    /// <summary>The next line without its end, or null.</summary>
    /// <exception cref="LumenException">It has too many letters.</exception>
    public string? Next()
    {
        StringBuilder? begun = null;
        while (true)
        {
            if (_filled.Start == _filled.End)
            {
                _filled = (0, reader.Read(_buffer));
                if (_filled.End == 0)
                    return begun?.ToString();
            }
            if (_skipsLineFeed && _buffer[_filled.Start] == '\n')
                _filled.Start++;
            _skipsLineFeed = false;
            var rest = _buffer.AsSpan(_filled.Start, _filled.End - _filled.Start);
            var end = rest.IndexOfAny('\n', '\r');
            var piece = end < 0 ? rest : rest[..end];
            if ((begun?.Length ?? 0) + piece.Length > longest)
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"A line has more than {longest} letters, which is more than any list has. Check that it is the right file."
                );
            _filled.Start += piece.Length + (end < 0 ? 0 : 1);
            if (end < 0)
            {
                if (piece.Length > 0)
                    begun = (begun ?? new StringBuilder()).Append(piece);
                continue;
            }
            _skipsLineFeed = rest[end] == '\r';
            return begun is null ? piece.ToString() : begun.Append(piece).ToString();
        }
    }
}
