using System.Text;

namespace Lumen.Tests.Conditions;

/// <summary>A network of one node as an ONNX file, written byte by byte (onnx.proto, IR version 8, operator set 13).</summary>
internal static class OnnxFile
{
    /// <summary>Mean over the channels: [1, 3, H, W] to [1, 1, H, W].</summary>
    public static byte[] MeanOfChannels(int? side = null) =>
        Model("ReduceMean", [.. Ints("axes", 1), .. Int("keepdims", 1)], Shape(3, side), Shape(1, side));

    /// <summary>The picture itself: three channels.</summary>
    public static byte[] Same() => Model("Identity", [], Shape(3, null), Shape(3, null));

    /// <summary>Mean over the channels without their axis: [1, H, W].</summary>
    public static byte[] MeanWithoutAxis() =>
        Model("ReduceMean", [.. Ints("axes", 1), .. Int("keepdims", 0)], Shape(3, null), [Dim(1), Dim("h"), Dim("w")]);

    /// <summary>Takes one channel.</summary>
    public static byte[] OneChannel() => Model("Identity", [], Shape(1, null), Shape(1, null));

    /// <summary>Gives one number instead of a map.</summary>
    public static byte[] Scalar() => Model("ReduceMean", [.. Ints("axes", 1, 2, 3), .. Int("keepdims", 0)], Shape(3, null), [Dim(1)]);

    private static byte[] Model(string operation, byte[] attributes, byte[][] input, byte[][] output)
    {
        byte[] node = [.. Text(1, "x"), .. Text(2, "y"), .. Text(4, operation), .. attributes];
        byte[] graph = [.. Part(1, node), .. Text(2, "g"), .. Part(11, Value("x", input)), .. Part(12, Value("y", output))];
        return [.. Number(1, 8), .. Part(7, graph), .. Part(8, Number(2, 13))];
    }

    private static byte[][] Shape(int channels, int? side) =>
        [Dim(1), Dim(channels), side is { } h ? Dim(h) : Dim("h"), side is { } w ? Dim(w) : Dim("w")];

    private static byte[] Dim(long value) => Number(1, value);

    private static byte[] Dim(string name) => Text(2, name);

    private static byte[] Value(string name, byte[][] dimensions)
    {
        byte[] shape = [.. dimensions.SelectMany(dimension => Part(1, dimension))];
        return [.. Text(1, name), .. Part(2, Part(1, [.. Number(1, 1), .. Part(2, shape)]))]; // element type 1: float
    }

    private static byte[] Ints(string name, params long[] values) =>
        Part(5, [.. Text(1, name), .. values.SelectMany(value => Number(8, value)), .. Number(20, 7)]);

    private static byte[] Int(string name, long value) => Part(5, [.. Text(1, name), .. Number(3, value), .. Number(20, 2)]);

    private static byte[] Text(int field, string text) => Part(field, Encoding.ASCII.GetBytes(text));

    private static byte[] Part(int field, byte[] bytes) => [.. Varint((field << 3) | 2), .. Varint(bytes.Length), .. bytes];

    private static byte[] Number(int field, long value) => [.. Varint(field << 3), .. Varint(value)];

    private static IEnumerable<byte> Varint(long value)
    {
        for (; value > 127; value >>= 7)
            yield return (byte)(value & 127 | 128);
        yield return (byte)value;
    }
}
