using System.Text.Json;
using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

/// <summary>scikit-learn's PCA and IncrementalPCA on the same rows.</summary>
public sealed class PcaGoldenTests
{
    private const double Absolute = 1e-4;
    private const double Relative = 1e-3;

    [Theory]
    [InlineData("full_all")]
    [InlineData("full_k6")]
    [InlineData("full_whiten_k4")]
    [InlineData("more_dims_than_samples")]
    [InlineData("variance_0.9")]
    public void Streaming_components_are_those_of_scikit_learn(string name)
    {
        using var scope = NewDisposeScope();
        var (config, inputs) = (Config(name), Golden.Tensors($"pca/{name}/inputs.safetensors"));
        using var moments = new StreamingMoments((int)inputs["X"].shape[1]);
        foreach (var batch in inputs["X"].split(37))
            moments.Add(batch);
        using var all = PrincipalComponents.Fit(moments);
        var asked = config.GetProperty("n_components");
        using var chosen =
            asked.ValueKind == JsonValueKind.Null ? all.First(all.Count)
            : asked.GetDouble() < 1 ? all.Covering(asked.GetDouble())
            : all.First(asked.GetInt32());
        using var principal = chosen.WithSignsOf(inputs["X"]);
        Assert.Equal(config.GetProperty("n_components_").GetInt32(), principal.Count);
        Compare(name, principal, inputs, config.GetProperty("whiten").GetBoolean());
    }

    [Fact]
    public void Incremental_components_are_those_of_scikit_learn()
    {
        using var scope = NewDisposeScope();
        var (config, inputs) = (Config("incremental_k5"), Golden.Tensors("pca/incremental_k5/inputs.safetensors"));
        using var incremental = new IncrementalPca(config.GetProperty("n_components").GetInt32());
        incremental.AddAll(inputs["X"], config.GetProperty("batch_size").GetInt32());
        Compare("incremental_k5", incremental.Result, inputs, config.GetProperty("whiten").GetBoolean());
    }

    private static JsonElement Config(string name) =>
        JsonDocument.Parse(File.ReadAllText(Golden.Path($"pca/{name}/config.json"))).RootElement;

    private static void Compare(string name, PrincipalComponents principal, Dictionary<string, Tensor> inputs, bool whiten)
    {
        var want = Golden.Tensors($"pca/{name}/outputs.safetensors");
        var transformed = principal.Transform(inputs["X"], whiten);
        var transformedNew = principal.Transform(inputs["Y"], whiten);
        Check("mean", principal.Mean);
        Check("components", principal.Components);
        Check("explained_variance", Vector(principal.ExplainedVariance));
        Check("explained_variance_ratio", Vector(principal.ExplainedVarianceRatio));
        Check("singular_values", Vector(principal.SingularValues));
        Check("noise_variance", Vector([principal.NoiseVariance]));
        Check("transform", transformed);
        Check("transform_new", transformedNew);
        Check("inverse_transform", principal.InverseTransform(transformed, whiten).narrow(0, 0, want["inverse_transform"].shape[0]));
        Check("inverse_transform_new", principal.InverseTransform(transformedNew, whiten));

        void Check(string output, Tensor got) => TensorAssert.Close(want[output], got, Absolute, Relative, $"{name} {output}");
    }

    private static Tensor Vector(IReadOnlyList<double> values) => tensor(values.ToArray(), dtype: ScalarType.Float64);
}
