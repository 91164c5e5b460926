using System.Text.Json;
using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Checkpoints;

/// <summary>Files written by the reference implementation.</summary>
public sealed class SafetensorsGoldenTests
{
    [Theory]
    [InlineData("F16", ScalarType.Float16)]
    [InlineData("BF16", ScalarType.BFloat16)]
    [InlineData("F32", ScalarType.Float32)]
    public void Reference_files_hold_the_published_values(string dtype, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Golden.Path($"safetensors/sample_{dtype}.safetensors"));
        Assert.Equal(type, file.Read("w").dtype);
        var widened = file.Read("w", ScalarType.Float32); // [5, 7]
        TensorAssert.Same(Expected(dtype), widened);
        Assert.Equal([0, 3], file.Read("empty").shape);
        var scalar = file.Read("scalar", ScalarType.Float32);
        Assert.Empty(scalar.shape);
        Assert.Equal(1.5f, scalar.item<float>());
        Assert.Equal("pt", file.Metadata["format"]);
    }

    [Theory]
    [InlineData("sample_F16")]
    [InlineData("sample_BF16")]
    [InlineData("sample_F32")]
    public void Writing_what_was_read_gives_the_reference_writers_bytes(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        var original = Golden.Path($"safetensors/{name}.safetensors");
        using var file = SafetensorsFile.Open(original);
        SafetensorsWriter.Write(folder.File("copy.safetensors"), file.Entries.Keys.ToDictionary(key => key, key => file.Read(key)));
        Assert.Equal(File.ReadAllBytes(original), File.ReadAllBytes(folder.File("copy.safetensors")));
    }

    private static Tensor Expected(string dtype)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Golden.Path("safetensors/expected.json")));
        float[] values =
        [
            .. document
                .RootElement.GetProperty(dtype)
                .EnumerateArray()
                .SelectMany(row => row.EnumerateArray())
                .Select(value => value.GetSingle()),
        ];
        return tensor(values, 5, 7);
    }
}
