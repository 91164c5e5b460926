using System.Text.Json;
using Lumen.Core.Tensors;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>Principal components of rows, exact and incremental.</summary>
internal sealed class PcaCases : CaseKind
{
    public override bool ComputesPlaced => false;

    public override bool Fits(ReferenceCase reference) =>
        reference.HasInputs("X") && reference.UpstreamClass is "PCA" or "IncrementalPCA" && reference.Holds("config.json");

    public override void Run(CaseRun run)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(run.Case.Path("config.json")));
        var config = document.RootElement;
        var whiten = config.GetProperty("whiten").GetBoolean();
        var rows = run.Inputs["X"];
        using var fitted = run.Case.UpstreamClass == "PCA" ? Exact(rows, config.GetProperty("n_components")) : Incremental(rows, config);
        run.Compare("components", fitted.Components);
        run.Compare("mean", fitted.Mean);
        run.Compare("explained_variance", tensor(fitted.ExplainedVariance.ToArray()));
        run.Compare("explained_variance_ratio", tensor(fitted.ExplainedVarianceRatio.ToArray()));
        run.Compare("singular_values", tensor(fitted.SingularValues.ToArray()));
        run.Compare("noise_variance", tensor(new[] { fitted.NoiseVariance }));
        Project(run, fitted, whiten, rows, "");
        if (run.Inputs.TryGetValue("Y", out var others))
            Project(run, fitted, whiten, others, "_new");
    }

    private static void Project(CaseRun run, PrincipalComponents fitted, bool whiten, Tensor rows, string suffix)
    {
        var coordinates = fitted.Transform(rows, whiten);
        run.Compare($"transform{suffix}", coordinates);
        var back = fitted.InverseTransform(coordinates, whiten);
        var kept = run.Wanted.TryGetValue($"inverse_transform{suffix}", out var want) ? want.shape[0] : back.shape[0];
        run.Compare($"inverse_transform{suffix}", back[..(int)Math.Min(kept, back.shape[0])]);
    }

    // null: all; a share: the fewest components beyond it; otherwise a count.
    private static PrincipalComponents Exact(Tensor rows, JsonElement components)
    {
        using var moments = new StreamingMoments((int)rows.shape[1]);
        moments.Add(rows);
        using var all = PrincipalComponents.Fit(moments);
        using var kept =
            components.ValueKind == JsonValueKind.Null ? all.First(all.Count)
            : components.TryGetInt32(out var count) ? all.First(count)
            : all.Covering(components.GetDouble());
        return kept.WithSignsOf(rows);
    }

    private static PrincipalComponents Incremental(Tensor rows, JsonElement config)
    {
        var components = config.GetProperty("n_components_").GetInt32();
        using var fit = new IncrementalPca(components);
        fit.AddAll(
            rows,
            config.GetProperty("batch_size").ValueKind == JsonValueKind.Null
                ? 5 * (int)rows.shape[1]
                : config.GetProperty("batch_size").GetInt32()
        );
        return fit.Result.First(components);
    }
}
