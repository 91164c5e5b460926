using System.Globalization;
using System.Text;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>
/// Writes a network as an ONNX file (onnx.proto, IR version 9, operator set 20), its weights in float32 in a second file beside it, as
/// exporters do above 2 GB.
/// </summary>
internal sealed class OnnxModel : IDisposable
{
    private const string Weights = "weights.bin";
    private const int Float = 1,
        Int64 = 7;
    private readonly MemoryStream _graph = new();
    private readonly FileStream _weights;
    private readonly string _folder;
    private int _names;

    public OnnxModel(string folder)
    {
        _folder = folder;
        _weights = File.Create(Path.Combine(Directory.CreateDirectory(folder).FullName, Weights));
    }

    public void Dispose() => _weights.Dispose();

    /// <summary>A node with one output.</summary>
    /// <returns>The name of that output.</returns>
    public string Node(string operation, IReadOnlyList<string> inputs, params byte[][] attributes) =>
        Nodes(operation, inputs, 1, attributes)[0];

    /// <summary>A node with several outputs.</summary>
    public IReadOnlyList<string> Nodes(string operation, IReadOnlyList<string> inputs, int count, params byte[][] attributes)
    {
        var outputs = Enumerable.Range(0, count).Select(_ => Name()).ToArray();
        byte[] node =
        [
            .. inputs.SelectMany(input => Text(1, input)),
            .. outputs.SelectMany(output => Text(2, output)),
            .. Text(4, operation),
            .. attributes.SelectMany(attribute => Part(5, attribute)),
        ];
        _graph.Write(Part(1, node));
        return outputs;
    }

    /// <summary>A weight, copied to float32.</summary>
    public string Weight(Tensor values)
    {
        using var scope = NewDisposeScope();
        var (name, start) = (Name(), _weights.Position);
        _weights.Write(values.to_type(ScalarType.Float32).contiguous().bytes);
        byte[] tensor =
        [
            .. values.shape.SelectMany(side => Number(1, side)),
            .. Number(2, Float),
            .. Text(8, name),
            .. Entry("location", Weights),
            .. Entry("offset", start.ToString(CultureInfo.InvariantCulture)),
            .. Entry("length", (_weights.Position - start).ToString(CultureInfo.InvariantCulture)),
            .. Number(14, 1), // outside this file
        ];
        _graph.Write(Part(5, tensor));
        return name;

        static byte[] Entry(string key, string value) => Part(13, [.. Text(1, key), .. Text(2, value)]);
    }

    /// <summary>Whole numbers: shapes and the like.</summary>
    public string Integers(params long[] values)
    {
        var name = Name();
        _graph.Write(
            Part(5, [.. Number(1, values.Length), .. Number(2, Int64), .. values.SelectMany(value => Signed(7, value)), .. Text(8, name)])
        );
        return name;
    }

    /// <summary>One number or a row of them.</summary>
    public string Numbers(params float[] values)
    {
        var name = Name();
        byte[] raw = [.. values.SelectMany(BitConverter.GetBytes)];
        _graph.Write(Part(5, [.. Number(1, values.Length), .. Number(2, Float), .. Text(8, name), .. Part(9, raw)]));
        return name;
    }

    public void Input(string name, params long[] shape) => _graph.Write(Part(11, Value(name, shape)));

    /// <summary>Ends the file.</summary>
    /// <returns>Its path.</returns>
    public string Save(string output, params long[] shape)
    {
        Node("Identity", [output]);
        _graph.Write(Part(12, Value($"v{_names}", shape)));
        _graph.Write(Text(2, "network"));
        var path = Path.Combine(_folder, "model.onnx");
        File.WriteAllBytes(path, [.. Number(1, 9), .. Part(7, _graph.ToArray()), .. Part(8, Number(2, 20))]);
        return path;
    }

    public static byte[] Integer(string name, long value) => [.. Text(1, name), .. Signed(3, value), .. Number(20, 2)];

    public static byte[] Real(string name, float value) =>
        [.. Text(1, name), .. Varint((2 << 3) | 5), .. BitConverter.GetBytes(value), .. Number(20, 1)];

    public static byte[] Row(string name, params long[] values) =>
        [.. Text(1, name), .. values.SelectMany(value => Signed(8, value)), .. Number(20, 7)];

    public static byte[] Word(string name, string value) => [.. Text(1, name), .. Text(4, value), .. Number(20, 3)];

    private string Name() => $"v{++_names}";

    private static byte[] Value(string name, long[] shape)
    {
        byte[] sides = [.. shape.SelectMany(side => Part(1, Number(1, side)))];
        return [.. Text(1, name), .. Part(2, Part(1, [.. Number(1, Float), .. Part(2, sides)]))];
    }

    private static byte[] Text(int field, string text) => Part(field, Encoding.ASCII.GetBytes(text));

    private static byte[] Part(int field, byte[] bytes) => [.. Varint((field << 3) | 2), .. Varint((ulong)bytes.Length), .. bytes];

    private static byte[] Number(int field, long value) => Signed(field, value);

    private static byte[] Signed(int field, long value) => [.. Varint((ulong)field << 3), .. Varint(unchecked((ulong)value))];

    private static byte[] Varint(int value) => Varint((ulong)value);

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 127; value >>= 7)
            bytes.Add((byte)((value & 127) | 128));
        return [.. bytes, (byte)value];
    }
}
