using System.Numerics;

namespace Lumen.Imaging;

/// <summary>
/// PNG's row filters (W3C PNG, section 9): each byte becomes its difference from a guess made of its neighbours, which compresses better.
/// </summary>
/// <param name="rowBytes">Bytes of a row.</param>
/// <param name="pixelBytes">Bytes of a pixel, at least 1: how far away the left neighbour is.</param>
/// <param name="adaptive">Choose per row by the smallest sum of absolute differences (the standard's heuristic); otherwise leave rows
/// alone, which suits palettes.</param>
internal sealed class PngFilter(int rowBytes, int pixelBytes, bool adaptive)
{
    private const byte None = 0,
        Sub = 1,
        Up = 2,
        Average = 3,
        Paeth = 4;

    // One candidate for each filter tried, its filter byte in front; the average hardly ever wins and is left out.
    private readonly byte[][] _candidates =
    [
        .. (adaptive ? (byte[])[Sub, Up, Paeth, None] : [None]).Select(kind => Candidate(kind, rowBytes)),
    ];

    // pixelBytes zeros stand in front of each row: the neighbours left of the first pixel.
    private byte[] _above = new byte[rowBytes + pixelBytes];
    private byte[] _row = new byte[rowBytes + pixelBytes];

    /// <summary>The filter byte and the filtered row; valid until the next call.</summary>
    public ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> row)
    {
        (_above, _row) = (_row, _above);
        row.CopyTo(_row.AsSpan(pixelBytes));
        var best = _candidates[0];
        var least = long.MaxValue;
        foreach (var candidate in _candidates)
        {
            var filtered = candidate.AsSpan(1);
            switch (candidate[0])
            {
                case None:
                    row.CopyTo(filtered);
                    break;
                case Sub:
                    Subtract(row, _row, filtered);
                    break;
                case Up:
                    Subtract(row, _above.AsSpan(pixelBytes), filtered);
                    break;
                default:
                    SubtractPaeth(filtered);
                    break;
            }
            if (_candidates.Length == 1)
                break;
            var sum = Magnitude(filtered);
            if (sum >= least)
                continue;
            (least, best) = (sum, candidate);
        }
        return best;
    }

    /// <summary>Undoes a filter in place; returns false when there is no such filter.</summary>
    /// <param name="kind">The row's filter byte.</param>
    /// <param name="row">The filtered row; on return the samples.</param>
    /// <param name="above">The unfiltered row above; zeros for the first.</param>
    /// <param name="pixelBytes">Bytes of a pixel, at least 1.</param>
    public static bool Decode(byte kind, Span<byte> row, ReadOnlySpan<byte> above, int pixelBytes)
    {
        switch (kind)
        {
            case None:
                return true;
            case Sub:
                for (var at = pixelBytes; at < row.Length; at++)
                    row[at] += row[at - pixelBytes];
                return true;
            case Up:
                for (var at = 0; at < row.Length; at++)
                    row[at] += above[at];
                return true;
            case Average:
                for (var at = 0; at < row.Length; at++)
                    row[at] += (byte)(((at < pixelBytes ? 0 : row[at - pixelBytes]) + above[at]) / 2);
                return true;
            case Paeth:
                for (var at = 0; at < Math.Min(pixelBytes, row.Length); at++)
                    row[at] += above[at];
                for (var at = pixelBytes; at < row.Length; at++)
                    row[at] += Predict(row[at - pixelBytes], above[at], above[at - pixelBytes]);
                return true;
            default:
                return false;
        }
    }

    private static byte[] Candidate(byte kind, int rowBytes)
    {
        var row = new byte[rowBytes + 1];
        row[0] = kind;
        return row;
    }

    private static void Subtract(ReadOnlySpan<byte> values, ReadOnlySpan<byte> guesses, Span<byte> difference)
    {
        var at = 0;
        for (; at <= values.Length - Vector<byte>.Count; at += Vector<byte>.Count)
            (new Vector<byte>(values[at..]) - new Vector<byte>(guesses[at..])).CopyTo(difference[at..]);
        for (; at < values.Length; at++)
            difference[at] = (byte)(values[at] - guesses[at]);
    }

    private void SubtractPaeth(Span<byte> difference)
    {
        var row = _row.AsSpan();
        var above = _above.AsSpan();
        var at = 0;
        for (; at <= difference.Length - Vector<byte>.Count; at += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[at..]), out var leftLow, out var leftHigh);
            Vector.Widen(new Vector<byte>(above[(at + pixelBytes)..]), out var aboveLow, out var aboveHigh);
            Vector.Widen(new Vector<byte>(above[at..]), out var cornerLow, out var cornerHigh);
            var guess = Vector.Narrow(Predict(leftLow, aboveLow, cornerLow), Predict(leftHigh, aboveHigh, cornerHigh));
            (new Vector<byte>(row[(at + pixelBytes)..]) - guess).CopyTo(difference[at..]);
        }
        for (; at < difference.Length; at++)
            difference[at] = (byte)(row[at + pixelBytes] - Predict(row[at], above[at + pixelBytes], above[at]));
    }

    private static Vector<ushort> Predict(Vector<ushort> left, Vector<ushort> above, Vector<ushort> corner)
    {
        var (a, b, c) = (Vector.AsVectorInt16(left), Vector.AsVectorInt16(above), Vector.AsVectorInt16(corner));
        var (fromLeft, fromAbove, fromCorner) = (Vector.Abs(b - c), Vector.Abs(a - c), Vector.Abs(a + b - c - c));
        var second = Vector.ConditionalSelect(Vector.LessThanOrEqual(fromAbove, fromCorner), b, c);
        var isLeft = Vector.LessThanOrEqual(fromLeft, fromAbove) & Vector.LessThanOrEqual(fromLeft, fromCorner);
        return Vector.AsVectorUInt16(Vector.ConditionalSelect(isLeft, a, second));
    }

    // The neighbour nearest to left + above - corner; ties go left, then above.
    private static byte Predict(int left, int above, int corner)
    {
        var (fromLeft, fromAbove, fromCorner) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - 2 * corner));
        var second = fromAbove <= fromCorner ? above : corner;
        return (byte)(fromLeft <= fromAbove && fromLeft <= fromCorner ? left : second);
    }

    private static long Magnitude(ReadOnlySpan<byte> filtered)
    {
        var sums = Vector<uint>.Zero;
        var at = 0;
        for (; at <= filtered.Length - Vector<byte>.Count; at += Vector<byte>.Count)
        {
            var value = new Vector<byte>(filtered[at..]);
            Vector.Widen(Vector.Min(value, Vector<byte>.Zero - value), out var low, out var high); // |signed byte|
            Vector.Widen(low + high, out var lower, out var upper);
            sums += lower + upper;
        }
        long sum = Vector.Sum(sums);
        for (; at < filtered.Length; at++)
            sum += Math.Abs((int)(sbyte)filtered[at]);
        return sum;
    }
}
