using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Checkpoints;

/// <summary>Weights in eight-bit floats.</summary>
public sealed class Float8Tests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    private string Place => _folder.File("eight.safetensors");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(
        "F8_E4M3",
        new byte[] { 0x38, 0xB8, 0x40, 0x00, 0x01, 0x08, 0x7E, 0xFE },
        new[] { 1f, -1, 2, 0, 0.001953125f, 0.015625f, 448, -448 }
    )]
    [InlineData(
        "F8_E5M2",
        new byte[] { 0x3C, 0xBC, 0x40, 0x00, 0x01, 0x04, 0x7B, 0x7C },
        new[] { 1f, -1, 2, 0, 1.52587890625e-5f, 6.103515625e-5f, 57344, float.PositiveInfinity }
    )]
    public void Eight_bit_floats_are_widened_without_loss(string type, byte[] codes, float[] values)
    {
        Write([("w", type, "[2,4]", codes)]);
        using var file = SafetensorsFile.Open(Place);
        Assert.Equal((type, ScalarType.BFloat16), (file.Entries["w"].TypeName, file.Entries["w"].DType));
        foreach (var wanted in new[] { ScalarType.BFloat16, ScalarType.Float32 })
        {
            var read = file.Read("w", wanted);
            Assert.Equal(wanted, read.dtype);
            Assert.Equal([2L, 4], read.shape);
            Assert.Equal(values, read.to(ScalarType.Float32).data<float>().ToArray());
        }
    }

    [Fact]
    public void What_is_no_number_stays_none()
    {
        Write([("a", "F8_E4M3", "[2]", [0x7F, 0xFF]), ("b", "F8_E5M2", "[2]", [0x7D, 0xFF])]);
        using var file = SafetensorsFile.Open(Place);
        Assert.All(new[] { "a", "b" }, name => Assert.True(file.Read(name, ScalarType.Float32).isnan().all().item<bool>()));
    }

    [Theory]
    [InlineData("scale_weight")]
    [InlineData("weight_scale")]
    public void The_scale_beside_a_weight_is_part_of_it(string name)
    {
        Write([
            ("block.weight", "F8_E4M3", "[2]", [0x38, 0xC4]),
            ($"block.{name}", "F32", "[]", BitConverter.GetBytes(0.3f)),
            ("block.scale_input", "F32", "[1]", BitConverter.GetBytes(7f)),
            ("block.bias", "F32", "[1]", BitConverter.GetBytes(5f)),
            ("scaled_fp8", "F8_E4M3", "[0]", []),
        ]);
        using var file = SafetensorsFile.Open(Place);
        Assert.Equal(["block.bias", "block.weight"], file.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1 * 0.3f, -3 * 0.3f], file.Read("block.weight", ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void A_scale_for_every_row_is_refused()
    {
        Write([
            ("block.weight", "F8_E4M3", "[2]", [0x38, 0xC4]),
            ("block.scale_weight", "F32", "[2]", [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)]),
        ]);
        Assert.Contains(
            "block.scale_weight, the scale of an eight-bit weight, must be one finite number but has F32 of the shape [2]",
            HostileFile.Refusal(Place),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_copy_holds_the_widened_values()
    {
        Write([("block.weight", "F8_E5M2", "[2]", [0x3C, 0xC2]), ("plain.weight", "F8_E4M3", "[3]", [0x38, 0x39, 0x7E])]);
        using (var checkpoint = Checkpoint.Open(Place))
            CheckpointCopy.Write(_folder.File("copy.safetensors"), checkpoint);
        using var copy = SafetensorsFile.Open(_folder.File("copy.safetensors"));
        Assert.Equal(("BF16", "BF16"), (copy.Entries["block.weight"].TypeName, copy.Entries["plain.weight"].TypeName));
        Assert.Equal([1f, -3], copy.Read("block.weight", ScalarType.Float32).data<float>().ToArray());
        Assert.Equal([1f, 1.125f, 448], copy.Read("plain.weight", ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Eight_bit_weights_load_into_a_network()
    {
        Write([("weight", "F8_E4M3", "[1,2]", [0x38, 0x40]), ("bias", "F8_E4M3", "[1]", [0x30])]);
        using var layer = nn.Linear(2, 1);
        using var checkpoint = Checkpoint.Open(Place);
        StateLoader.Load(layer, checkpoint, "Linear");
        Assert.Equal([1f, 2], layer.weight!.data<float>().ToArray());
        Assert.Equal(0.5f, layer.bias!.item<float>());
    }

    // In the order of their data.
    private void Write((string Name, string Type, string Shape, byte[] Data)[] tensors)
    {
        var (at, entries) = (0, new List<string>());
        foreach (var (name, type, shape, data) in tensors)
            entries.Add(HostileFile.Entry(name, type, shape, at, at += data.Length));
        byte[] all = [.. tensors.SelectMany(tensor => tensor.Data)];
        var file = HostileFile.Bytes($"{{{string.Join(',', entries)}}}", all.Length);
        all.CopyTo(file, file.Length - all.Length);
        File.WriteAllBytes(Place, file);
    }
}
