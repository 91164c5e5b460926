using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Lumen.Files;

/// <summary>
/// JSON has no NaN and no Infinity, but Python's <c>json</c> writes and reads them. They are read as strings that nothing else has, so that
/// only who needs that number refuses it, and are written back as they were.
/// </summary>
public sealed class NonFiniteNumberStream(Stream inner) : Stream
{
    private static readonly (byte[] Token, byte[] Stored)[] All =
    [
        .. new[] { "NaN", "Infinity", "-Infinity" }.Select(name => (Bytes(name), Bytes($"\"\\u0000{name}\""))),
    ];

    private readonly byte[] _input = new byte[1 << 14];
    private readonly ArrayBufferWriter<byte> _output = new(1 << 15);
    private (int Start, int End) _filled;
    private (bool InString, bool Escaped, bool Final) _at;
    private int _sent;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Which of the three a value stands for, or null.</summary>
    public static string? NameOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            return null;
        var raw = JsonMarshal.GetRawUtf8Value(value);
        foreach (var (token, stored) in All)
            if (raw.SequenceEqual(stored))
                return Encoding.ASCII.GetString(token);
        return null;
    }

    /// <summary>Whether JSON may hold any of the three, as this class stores them.</summary>
    public static bool AreIn(ReadOnlySpan<byte> json) => json.IndexOf("\"\\u0000NaN\""u8) >= 0 || json.IndexOf("Infinity\""u8) >= 0;

    /// <summary>The JSON with the three as strings.</summary>
    public static byte[] Store(byte[] json)
    {
        if (json.AsSpan().IndexOf("NaN"u8) < 0 && json.AsSpan().IndexOf("Infinity"u8) < 0)
            return json;
        using var stored = new MemoryStream();
        using var source = new NonFiniteNumberStream(new MemoryStream(json));
        source.CopyTo(stored);
        return stored.ToArray();
    }

    /// <summary>The JSON as it was before.</summary>
    public static ReadOnlySpan<byte> Restore(ReadOnlySpan<byte> json)
    {
        if (!AreIn(json))
            return json;
        var restored = new List<byte>(json.Length);
        for (var at = 0; at < json.Length; )
        {
            var rest = json[at..];
            var length = 1;
            var token = rest[..1].ToArray();
            foreach (var one in All)
                if (rest.StartsWith(one.Stored) && (at == 0 || json[at - 1] != '\\'))
                    (token, length) = (one.Token, one.Stored.Length);
            restored.AddRange(token);
            at += length;
        }
        return restored.ToArray();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (_sent == _output.WrittenCount)
        {
            if (_at.Final)
                return 0;
            _output.ResetWrittenCount();
            _sent = 0;
            Fill();
            Translate();
        }
        var count = Math.Min(buffer.Length, _output.WrittenCount - _sent);
        _output.WrittenSpan.Slice(_sent, count).CopyTo(buffer);
        _sent += count;
        return count;
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private void Fill()
    {
        var left = _filled.End - _filled.Start;
        _input.AsSpan(_filled.Start, left).CopyTo(_input);
        var read = inner.Read(_input.AsSpan(left));
        _filled = (0, left + read);
        _at.Final = read == 0;
    }

    private void Translate()
    {
        ReadOnlySpan<byte> rest = _input.AsSpan(_filled.Start, _filled.End - _filled.Start);
        while (rest.Length > 0)
        {
            if (_at.Escaped)
            {
                rest = Emit(rest, 1);
                _at.Escaped = false;
            }
            else if (_at.InString)
            {
                var end = rest.IndexOfAny((byte)'"', (byte)'\\');
                if (end >= 0)
                    (_at.InString, _at.Escaped) = (rest[end] != '"', rest[end] == '\\');
                rest = Emit(rest, end < 0 ? rest.Length : end + 1);
            }
            else
            {
                var next = rest.IndexOfAny("\"NI-"u8);
                rest = Emit(rest, next < 0 ? rest.Length : next);
                if (rest.Length == 0)
                    break;
                if (!TryToken(ref rest))
                    break; // the buffer ends within what may be a token
            }
        }
        _filled.Start = _filled.End - rest.Length;
    }

    private bool TryToken(ref ReadOnlySpan<byte> rest)
    {
        foreach (var (token, stored) in All)
        {
            if (rest.StartsWith(token))
            {
                _output.Write(stored);
                rest = rest[token.Length..];
                return true;
            }
            if (!_at.Final && token.AsSpan().StartsWith(rest))
                return false;
        }
        _at.InString = rest[0] == '"';
        rest = Emit(rest, 1);
        return true;
    }

    private ReadOnlySpan<byte> Emit(ReadOnlySpan<byte> from, int count)
    {
        _output.Write(from[..count]);
        return from[count..];
    }
}
