using System.Text;

namespace Lumen.Cli;

/// <summary>Everything that is written through it is <see cref="VisibleText"/>, with flags in place of the library's properties.</summary>
/// <param name="inner">Where the text goes.</param>
internal sealed class VisibleWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    private char? _half; // the first half of a character that comes in two

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value)
    {
        if (char.IsHighSurrogate(value))
        {
            WriteHalf();
            _half = value;
            return;
        }
        var whole = _half is { } half && char.IsLowSurrogate(value) ? $"{half}{value}" : null;
        if (whole is null)
            WriteHalf();
        _half = null;
        inner.Write(VisibleText.Of(whole ?? value.ToString()));
    }

    public override void Write(string? value)
    {
        WriteHalf();
        inner.Write(value is null ? null : VisibleText.Of(PropertyFlags.In(value)));
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void WriteLine()
    {
        WriteHalf();
        inner.WriteLine();
    }

    public override void WriteLine(string? value)
    {
        Write(value);
        inner.WriteLine();
    }

    public override void Flush()
    {
        WriteHalf();
        inner.Flush();
    }

    private void WriteHalf()
    {
        if (_half is not { } half)
            return;
        _half = null;
        inner.Write(VisibleText.Of(half.ToString()));
    }
}
