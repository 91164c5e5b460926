using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Checkpoints;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    private string Place => _folder.File("some.safetensors");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Every_dtype_and_shape_comes_back_bit_for_bit(ScalarType type)
    {
        var values = (arange(24, dtype: ScalarType.Float32) * 1.37f).view(2, 3, 4).to(type); // [2, 3, 4]
        var tensors = new Dictionary<string, Tensor>
        {
            ["cube"] = values,
            ["turned"] = values.permute(2, 0, 1), // [4, 2, 3], not contiguous
            ["row"] = values[1, 2],
            ["scalar"] = values[1, 2, 3],
            ["empty"] = zeros(4, 0, 2, dtype: type),
            ["ünïcode / \"quoted\""] = values[0],
        };
        SafetensorsWriter.Write(Place, tensors);
        using var file = SafetensorsFile.Open(Place);
        Assert.Equal(tensors.Count, file.Entries.Count);
        foreach (var (name, want) in tensors)
            TensorAssert.Same(want, file.Read(name), name);
    }

    [Fact]
    public void Tensors_longer_than_one_chunk_are_read_converted_and_written_whole()
    {
        var values = arange(9_000_001, dtype: ScalarType.Int32); // 36 MB, chunks of 32 MB
        SafetensorsWriter.Write(Place, new Dictionary<string, Tensor> { ["long"] = values });
        using var file = SafetensorsFile.Open(Place);
        TensorAssert.Same(values, file.Read("long"));
        TensorAssert.Same(values.to(ScalarType.Float64), file.Read("long", ScalarType.Float64));
    }

    [Fact]
    public void A_destination_keeps_its_dtype_strides_and_place()
    {
        var values = arange(12, dtype: ScalarType.Float32).view(3, 4);
        SafetensorsWriter.Write(Place, new Dictionary<string, Tensor> { ["w"] = values });
        using var file = SafetensorsFile.Open(Place);
        var half = zeros(3, 4, dtype: ScalarType.BFloat16);
        file.ReadInto("w", half);
        TensorAssert.Same(values.to(ScalarType.BFloat16), half);
        var turned = zeros(4, 3).t(); // [3, 4], not contiguous
        file.ReadInto("w", turned);
        TensorAssert.Same(values, turned);
        Assert.Equal([1L, 3], turned.stride());
        var all = zeros(5, 4);
        file.ReadInto("w", all.narrow(0, 1, 3)); // rows 1 to 3 of a larger tensor
        TensorAssert.Same(values, all.narrow(0, 1, 3));
        Assert.Equal(0, all[0].sum().item<float>() + all[4].sum().item<float>());
    }

    [Fact]
    public void A_trainable_parameter_can_be_read_into()
    {
        SafetensorsWriter.Write(Place, new Dictionary<string, Tensor> { ["w"] = ones(3) });
        using var file = SafetensorsFile.Open(Place);
        var parameter = new TorchSharp.Modules.Parameter(zeros(3));
        file.ReadInto("w", parameter);
        Assert.True(parameter.requires_grad);
        TensorAssert.Same(ones(3), parameter);
    }

    [Fact]
    public void A_wrong_name_or_shape_is_named()
    {
        SafetensorsWriter.Write(Place, new Dictionary<string, Tensor> { ["w"] = ones(2, 3) });
        using var file = SafetensorsFile.Open(Place);
        Assert.Contains("has no tensor \"v\"", Assert.Throws<LumenException>(() => file.Read("v")).Message, StringComparison.Ordinal);
        var error = Assert.Throws<LumenException>(() => file.ReadInto("w", zeros(6)));
        Assert.Contains("has the shape [2, 3], expected [6]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_byte_but_zero_is_a_proper_true()
    {
        var content = HostileFile.Bytes($"{{{HostileFile.Entry("b", "BOOL", "[4]", 0, 4)}}}", 4);
        content[^1] = 1;
        content[^2] = 2;
        content[^3] = 255;
        File.WriteAllBytes(Place, content);
        using var file = SafetensorsFile.Open(Place);
        TensorAssert.Same(tensor(new[] { false, true, true, true }), file.Read("b"));
    }

    [Fact]
    public void Reading_and_writing_leave_no_tensors_behind()
    {
        var values = ones(3, 4).t();
        TensorLeak.Check(() =>
        {
            SafetensorsWriter.Write(Place, new Dictionary<string, Tensor> { ["w"] = values });
            using var file = SafetensorsFile.Open(Place);
            file.Read("w").Dispose();
            file.Read("w", ScalarType.Float64).Dispose();
            using var turned = zeros(3, 4, dtype: ScalarType.BFloat16);
            using var destination = turned.t();
            file.ReadInto("w", destination);
        });
    }
}
