using Lumen.Generation;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>
/// DINO, DINOv2 and CLIP vision: every output upstream gives, from the original's weights and from transformers' beside them.
/// </summary>
internal sealed class VisionCases : CaseKind
{
    private const string Hub = "hf";

    public override bool Fits(ReferenceCase reference) =>
        reference.UpstreamClass.Contains("VisionTransformer", StringComparison.Ordinal)
        && reference.Holds("model.safetensors")
        && reference.InputNames.Count > 0;

    public override void Run(CaseRun run)
    {
        Run(run, run.Case.Folder, "");
        if (Directory.Exists(run.Case.Path(Hub)))
            Run(run, run.Case.Path(Hub), $"{Hub}: ");
    }

    private static void Run(CaseRun run, string folder, string label)
    {
        using var backbone = (VisionBackbone)VisionBackboneFile.Open(folder, run.Placement);
        foreach (var (name, pixels) in run.Inputs)
        {
            using var scope = NewDisposeScope();
            Compare(run, backbone.Network, pixels, name == "pixel_values" ? "" : $"{name}.", label);
        }
    }

    private static void Compare(CaseRun run, VisionTransformer network, Tensor pixels, string head, string label)
    {
        var (last, prefix) = (network.Config.Depth - 1, network.PrefixTokens);
        Check("tokens_in", () => network.HiddenStates(pixels, 0));
        for (var layer = 0; layer <= last; layer++)
        {
            var states = network.HiddenStates(pixels, layer + 1); // [B, T, D]
            var normed = network.Norm(states);
            Check($"intermediate.{layer}", () => normed);
            Check($"intermediate.{layer}.cls", () => normed.select(1, 0));
            Check($"intermediate.{layer}.patch", () => Patches(normed));
            Check($"unnormed_map.{(layer == last ? "last" : layer)}", () => Map(Patches(states)));
        }
        for (var blocks = 0; blocks <= last + 1; blocks++)
            Check($"hidden_states.{blocks}", () => network.HiddenStates(pixels, blocks));
        var final = network.HiddenStates(pixels, last + 1);
        var summary = network.Norm(final);
        Check("x_prenorm", () => final);
        Check("x_norm_clstoken", () => summary.select(1, 0));
        Check("x_norm_regtokens", () => summary.narrow(1, 1, prefix - 1));
        Check("x_norm_patchtokens", () => Patches(summary));
        Check("cls", () => summary.select(1, 0));
        Check("pooled", () => summary.select(1, 0));
        Check("image_embeds", () => network.Project(summary.select(1, 0)));
        Check("image_embeds_normalized", () => nn.functional.normalize(network.Project(summary.select(1, 0)), dim: 1));
        Check("patch_tokens_last", () => Patches(final));
        Check("patch_tokens_second_last", () => Patches(network.HiddenStates(pixels, last)));
        Check("last_attention", () => network.Attention(pixels, last));
        foreach (var facet in new[] { VisionFacet.Query, VisionFacet.Key, VisionFacet.Value })
            Check($"last_{facet.ToString().ToLowerInvariant()}", () => network.Facet(pixels, last, facet));

        void Check(string output, Func<Tensor> compute)
        {
            if (run.Wanted.ContainsKey(head + output))
                run.Compare(head + output, compute(), label);
        }

        Tensor Patches(Tensor tokens) => tokens.narrow(1, prefix, tokens.shape[1] - prefix);

        Tensor Map(Tensor patches) =>
            patches.transpose(1, 2).unflatten(2, [pixels.shape[2] / network.Config.Patch, pixels.shape[3] / network.Config.Patch]);
    }
}
