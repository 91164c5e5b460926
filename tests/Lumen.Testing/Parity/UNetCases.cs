using Lumen.Models.Denoising;

namespace Lumen.Testing.Parity;

/// <summary>The U-Net alone: its prediction, the output of every block, attention probabilities.</summary>
internal sealed class UNetCases : CaseKind
{
    private const string Result = "sample";
    private static readonly string[] Heads = ["conv_in", "time_embedding", "down_blocks.", "mid_block", "up_blocks."];

    public override bool Fits(ReferenceCase reference) =>
        DenoiserInputs.Fit(reference)
        && FolderOf(reference) is not null
        && reference.OutputNames.Any(name => name == Result || IsActivation(name));

    public override void Run(CaseRun run)
    {
        using var model = ModelFolder.UNet(FolderOf(run.Case)!, run.Placement);
        var wanted = run.Wanted.Keys.Where(IsActivation).ToHashSet(StringComparer.Ordinal);
        var tap = new ActivationTap(wanted.Count > 0 ? wanted : new HashSet<string> { Result });
        var (sample, timestep, context) = DenoiserInputs.Of(run);
        run.Compare(Result, model.Predict(sample, timestep, context, tap: tap));
        foreach (var (name, activation) in tap.Found)
        {
            run.Compare(name, activation);
            activation.Dispose();
        }
    }

    private static bool IsActivation(string name) => Heads.Any(head => name.StartsWith(head, StringComparison.Ordinal));

    private static string? FolderOf(ReferenceCase reference) => ModelFolder.Find(reference, nameof(UNet2DConditionModel), "model", "unet");
}
