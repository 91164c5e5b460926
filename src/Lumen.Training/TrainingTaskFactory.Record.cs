using Lumen.Core.Checkpoints;
using Lumen.Generation;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Training.Data;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    /// <summary>
    /// The checkpoint in the output folder that the run continues from: <c>latest</c>, <c>checkpoint-500</c> or <c>500</c>; null for a
    /// fresh run. What the run depends on is compared with it before anything is made.
    /// </summary>
    public string? ResumeFrom { get; init; }

    /// <summary>Entries of the run that may differ from the checkpoint's: those that the user names.</summary>
    public IReadOnlyList<string> AllowedChanges { get; init; } = [];

    /// <summary>Receives what the user should know although the work continues.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    // The recipe after flags, what it is computed in, and the pictures; models are added by who opens them.
    private RunRecord RecordOf(Recipe recipe, FolderPictures? listed, bool annotations)
    {
        var (train, heldOut) = listed is null
            ? (CorpusFingerprint.Of(recipe.Data.Train), CorpusFingerprint.Of(recipe.Data.Validation))
            : (CorpusFingerprint.Of(listed.Train, annotations, Stop), CorpusFingerprint.Of(listed.HeldOut, annotations, Stop));
        return RunEntries
            .Of(recipe)
            .With(RunEntries.Compute, RunEntries.Of(Placement))
            .With(RunEntries.Pictures, train)
            .With(RunEntries.HeldOut, heldOut);
    }

    // A model's parts as they are read, and the files that say what numbers mean.
    private static RunRecord WithModel(RunRecord record, string name, string folder, params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            var path = Path.Combine(folder, part);
            if (!Directory.Exists(path))
                continue;
            string[] settings =
            [
                .. Directory
                    .EnumerateFiles(path)
                    .Where(file => Path.GetExtension(file) is ".json" or ".txt" && !file.EndsWith(".index.json", StringComparison.Ordinal))
                    .Order(StringComparer.Ordinal),
            ];
            record = record.With(
                $"{name}, {part}",
                DiffusionModel.HashOf([.. part is "tokenizer" or "scheduler" ? [] : Checkpoint.FilesOf(path), .. settings])[..16]
            );
        }
        return record;
    }

    // Before anything is rendered, read or written.
    private TrainingCheckpoint? Compared(RunRecord record, TrainingOptions training)
    {
        if (ResumeFrom is null)
            return null;
        var checkpoint = new TrainingCheckpoints(Output).Find(ResumeFrom, training.MaxTrainSteps);
        foreach (var change in RunRules.Require(checkpoint, Without(checkpoint, record), AllowedChanges))
            Note($"changed  {change}");
        if (checkpoint.Record is null)
            Warn(
                $"{checkpoint.Folder} was written by a version that did not record what its run depends on. Whether recipe, flags, "
                    + "pictures and models are those that it was made with cannot be "
                    + "checked"
                    + $"{(record["kind"] == "adapter" ? "; a layout's basis is fitted anew, and is the same one only if they are" : "")}"
                    + ". The next checkpoint will know."
            );
        return checkpoint;
    }

    // Token ids mean what the captions of the vocabulary say, whatever else may change.
    private static RunRecord WithVocabulary(RunRecord record, TrainingCheckpoint? checkpoint, PictureCorpus train)
    {
        record = record.With(RunEntries.Vocabulary, CorpusFingerprint.OfCaptions(train));
        if (checkpoint?.Record?[RunEntries.Vocabulary] is { } known && known != record[RunEntries.Vocabulary])
            throw new LumenException(
                $"{checkpoint.Folder} was trained with a vocabulary made of other captions ({known}) than these "
                    + $"({record[RunEntries.Vocabulary]}). Give the captions that it was made with, or start a new run in another "
                    + "output folder."
            );
        return record;
    }

    // What is known only when everything is made is compared later.
    private static RunRecord Without(TrainingCheckpoint checkpoint, RunRecord record)
    {
        foreach (var entry in new[] { RunEntries.Basis, RunEntries.Vocabulary })
            if (checkpoint.Record?[entry] is { } value)
                record = record.With(entry, value);
        return record;
    }

    private LayoutBasis? PreparedBasis(IFeatureExtractor features)
    {
        if (PreparedIn is null || Trial is not null)
            return null;
        var basis = LayoutBasis.Load(PreparedIn);
        basis.Require(features.Source);
        return basis;
    }

    // The basis that the checkpoint's weights were trained on; null for a fresh run.
    private static LayoutBasis? BasisOf(TrainingCheckpoint? checkpoint, IFeatureExtractor features)
    {
        if (checkpoint?.Record?[RunEntries.Basis] is not { } hash)
            return null;
        var basis = LayoutBasis.Load(checkpoint.Folder);
        if (basis.Hash != hash)
        {
            basis.Dispose();
            throw new LumenException(
                $"The basis in {checkpoint.Folder} (hash {basis.Hash[..12]}) is not the one that its weights were trained on "
                    + $"({hash[..Math.Min(12, hash.Length)]}). Copy the checkpoint's folder lumen again, or resume from another checkpoint."
            );
        }
        basis.Require(features.Source);
        return basis;
    }
}
