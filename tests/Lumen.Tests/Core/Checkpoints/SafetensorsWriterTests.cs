using System.Buffers.Binary;
using System.Text;
using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Checkpoints;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_order_in_which_tensors_and_metadata_are_given_does_not_matter()
    {
        KeyValuePair<string, Tensor>[] tensors = [new("b", ones(2)), new("a", zeros(3)), new("c", ones(1, dtype: ScalarType.Int64))];
        SafetensorsWriter.Write(_folder.File("one"), tensors, new Dictionary<string, string> { ["x"] = "1", ["a"] = "2" });
        SafetensorsWriter.Write(_folder.File("two"), tensors.Reverse(), new Dictionary<string, string> { ["a"] = "2", ["x"] = "1" });
        Assert.Equal(File.ReadAllBytes(_folder.File("one")), File.ReadAllBytes(_folder.File("two")));
    }

    [Fact]
    public void The_metadata_always_names_the_format_and_the_data_starts_aligned()
    {
        var path = _folder.File("some.safetensors");
        SafetensorsWriter.Write(
            path,
            [new("w", ones(3, dtype: ScalarType.Byte)), new("ids", ones(2, dtype: ScalarType.Int64))],
            new Dictionary<string, string> { ["modelspec.title"] = "Straße", ["format"] = "np" }
        );
        using var file = SafetensorsFile.Open(path);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("Straße", file.Metadata["modelspec.title"]);
        Assert.Equal(0, file.Entries["ids"].Offset % 8);
        var bytes = File.ReadAllBytes(path);
        var header = Encoding.UTF8.GetString(bytes, 8, (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        Assert.StartsWith("{\"__metadata__\":{\"format\":\"pt\",", header, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_set_of_tensors_is_a_valid_file()
    {
        SafetensorsWriter.Write(_folder.File("empty.safetensors"), []);
        using var file = SafetensorsFile.Open(_folder.File("empty.safetensors"));
        Assert.Empty(file.Entries);
    }

    [Fact]
    public void A_name_twice_or_an_unknown_dtype_is_the_callers_fault()
    {
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_folder.File("x"), [new("a", ones(1)), new("a", ones(2))]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_folder.File("x"), [new("__metadata__", ones(1))]));
        Assert.Throws<ArgumentException>(() =>
            SafetensorsWriter.Write(_folder.File("x"), [new("a", zeros(1, dtype: ScalarType.ComplexFloat32))])
        );
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_sentence()
    {
        File.WriteAllText(_folder.File("file"), "in the way");
        var error = Assert.Throws<LumenException>(() =>
            SafetensorsWriter.Write(Path.Combine(_folder.Path, "file", "w.safetensors"), [new("a", ones(1))])
        );
        Assert.Contains("Cannot write", error.Message, StringComparison.Ordinal);
    }
}
