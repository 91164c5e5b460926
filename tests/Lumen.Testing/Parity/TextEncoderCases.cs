using Lumen.Models.Text;

namespace Lumen.Testing.Parity;

/// <summary>The CLIP text encoder on given ids.</summary>
internal sealed class TextEncoderCases : CaseKind
{
    public override bool Fits(ReferenceCase reference) => reference.HasInputs("input_ids") && FolderOf(reference) is not null;

    public override void Run(CaseRun run)
    {
        using var model = ModelFolder.TextEncoder(FolderOf(run.Case)!, run.Placement);
        using var output = model.Encode(run.Inputs["input_ids"]);
        run.Compare("last_hidden_state", output.LastHiddenState);
        run.Compare("penultimate_normed", output.PenultimateNormed);
        run.Compare("pooled", output.Pooled);
        for (var layer = 0; layer < output.HiddenStates.Count; layer++)
        {
            // The reference may hold the last rows of the batch only.
            if (!run.Wanted.TryGetValue($"hidden_states.{layer}", out var want))
                continue;
            var states = output.HiddenStates[layer];
            run.Compare($"hidden_states.{layer}", states[(int)Math.Max(states.shape[0] - want.shape[0], 0)..]);
        }
    }

    private static string? FolderOf(ReferenceCase reference)
    {
        var folder = reference.FolderOf("model") ?? reference.Folder;
        return ModelFolder.ClassOf(folder) is "CLIPTextModel" or nameof(ClipTextModel) ? folder : null;
    }
}
