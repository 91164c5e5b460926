using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("diffusion_pytorch_model.safetensors")]
    [InlineData("model.safetensors")]
    [InlineData("model.fp16.safetensors")]
    public void A_folder_opens_by_what_it_holds(string name)
    {
        Write(name, "w");
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal($"{Path.GetFileName(_folder.Path)}/{name}", checkpoint.Description);
        TensorAssert.Same(ones(2), checkpoint.Read("w"));
    }

    [Fact]
    public void Full_precision_is_preferred()
    {
        Write("model.fp16.safetensors", "half");
        Write("model.safetensors", "full");
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(["full"], checkpoint.Entries.Keys);
    }

    [Theory]
    [InlineData("model.safetensors.index.json")]
    [InlineData("diffusion_pytorch_model.safetensors.index.fp16.json")]
    public void Shards_are_one_checkpoint(string index)
    {
        Write("model-1.safetensors", "a", "b");
        Write("model-2.safetensors", "c");
        Index(index, ("a", "model-1.safetensors"), ("b", "model-1.safetensors"), ("c", "model-2.safetensors"));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(["a", "b", "c"], checkpoint.Entries.Keys.Order());
        Assert.Equal("pt", checkpoint.Metadata["format"]);
        var target = zeros(2);
        checkpoint.ReadInto("c", target);
        TensorAssert.Same(checkpoint.Read("a"), target);
        Assert.Contains("has no tensor \"d\"", Assert.Throws<LumenException>(() => checkpoint.Read("d")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        Index("model.safetensors.index.json", ("a", "model-1.safetensors"));
        AssertRefused("model.safetensors.index.json refers to model-1.safetensors, which is not beside it");
    }

    [Theory]
    [InlineData("../model-1.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("model.bin")]
    public void A_shard_outside_the_folder_is_refused(string shard)
    {
        Index("model.safetensors.index.json", ("a", shard));
        AssertRefused($"refers to \"{shard}\"; expected the plain name");
    }

    [Fact]
    public void An_index_that_disagrees_with_its_files_is_refused()
    {
        Write("model-1.safetensors", "a", "b");
        Index("model.safetensors.index.json", ("a", "model-1.safetensors"), ("c", "model-1.safetensors"));
        AssertRefused("promises tensor \"c\", which the file lacks");
        Index("model.safetensors.index.json", ("a", "model-1.safetensors"));
        AssertRefused("holds tensor \"b\", which the index does not place there");
    }

    [Theory]
    [InlineData("{", "is not valid JSON")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("{}", "must have an object weight_map")]
    [InlineData("{\"weight_map\":{}}", "lists no tensor")]
    [InlineData("{\"weight_map\":{\"a\":1}}", "the file of tensor \"a\" must be a string")]
    [InlineData("{\"weight_map\":{\"a\":\"\\ud800\"}}", "weight_map.a holds half of a character")]
    [InlineData("{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}", "is not valid JSON")]
    public void A_broken_index_is_refused(string json, string fragment)
    {
        File.WriteAllText(_folder.File("model.safetensors.index.json"), json);
        AssertRefused(fragment);
    }

    [Fact]
    public void A_folder_with_only_a_pickle_says_how_to_convert_it()
    {
        File.WriteAllBytes(_folder.File("pytorch_model.bin"), [1, 2, 3]);
        AssertRefused("pytorch_model.bin is a pickle");
    }

    [Fact]
    public void An_empty_folder_and_an_absent_path_say_what_was_expected()
    {
        AssertRefused("holds no weights. Expected diffusion_pytorch_model or model");
        Assert.Contains(
            "There is no file",
            Assert.Throws<LumenException>(() => Checkpoint.Open(_folder.File("none"))).Message,
            StringComparison.Ordinal
        );
    }

    private void AssertRefused(string fragment) =>
        Assert.Contains(fragment, Assert.Throws<LumenException>(() => Checkpoint.Open(_folder.Path)).Message, StringComparison.Ordinal);

    private void Write(string file, params string[] names) =>
        SafetensorsWriter.Write(_folder.File(file), names.Select(name => KeyValuePair.Create(name, ones(2))));

    private void Index(string file, params (string Tensor, string File)[] map) =>
        File.WriteAllText(
            _folder.File(file),
            $"{{\"metadata\":{{\"total_size\":24}},\"weight_map\":{{"
                + $"{string.Join(",", map.Select(pair => $"\"{pair.Tensor}\":\"{pair.File}\""))}"
                + $"}}}}"
        );
}
