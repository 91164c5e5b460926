using System.Diagnostics;
using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Processes;

/// <summary>Several processes for real; skipped where there is no Open MPI.</summary>
public sealed class MpiCommandTests : IDisposable
{
    private const string Recipe = """
        { "kind": "vae", "data": { "scenes": 8, "resolution": 32, "validation_scenes": 6 }, "crop": 16,
          "vae": { "_class_name": "AutoencoderKL", "block_out_channels": [8, 16], "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
                   "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"], "latent_channels": 4, "layers_per_block": 1, "norm_num_groups": 4, "sample_size": 32 },
          "training": { "max_train_steps": 4, "train_batch_size": 4, "checkpointing_steps": 2, "validation_steps": 1000,
                        "optimizer": { "adam_epsilon": 1e-2, "lr_warmup_steps": 0 } } }
        """;

    private readonly TempFolder _folder = new();

    [Fact]
    public void Two_and_four_processes_train_what_one_trains_and_any_number_resumes()
    {
        Done(MpiJob.Run(1, Train("one")));
        Done(MpiJob.Run(2, Train("two")));
        Done(MpiJob.Run(4, Train("four")));
        Directory.Delete(Path.Combine(_folder.File("two"), "checkpoint-4"), recursive: true);
        Done(MpiJob.Run(4, Train("two", "--resume-from-checkpoint", "latest")));
        Assert.InRange(Difference("one", "two"), 0, 1e-5);
        Assert.InRange(Difference("one", "four"), 0, 1e-5);
        Assert.False(Path.Exists(Path.Combine(_folder.File("two"), ".prepared")));
    }

    [Fact]
    public void A_killed_process_ends_the_job_and_the_last_checkpoint_is_sound()
    {
        using var job = MpiJob.Start(2, Train("killed", "--max-train-steps", "1000000", "--checkpointing-steps", "5"));
        var checkpoints = new TrainingCheckpoints(_folder.File("killed"));
        var watch = Stopwatch.StartNew();
        while (checkpoints.Steps.Count == 0 && watch.Elapsed < TimeSpan.FromMinutes(2))
            Thread.Sleep(50);
        var members = job.Members(2);
        Assert.Equal(2, members.Length);
        using (var doomed = Process.GetProcessById(members[1]))
            doomed.Kill();
        Assert.NotEqual(0, job.Wait().Code);
        foreach (var member in members)
            MpiJob.WaitForEnd(member);
        var sound = TrainingCheckpoint.Open(Path.Combine(_folder.File("killed"), $"checkpoint-{checkpoints.Steps[^1]}"));
        Done(
            MpiJob.Run(
                1,
                Train(
                    "killed",
                    "--resume-from-checkpoint",
                    "latest",
                    "--max-train-steps",
                    $"{sound.Step + 1}",
                    "--checkpointing-steps",
                    "5"
                )
            )
        );
    }

    [Fact]
    public void A_fault_is_said_once_and_ends_all_processes()
    {
        var outcome = MpiJob.Run(2, Train("refused", "--train-batch-size", "3"));
        Assert.Equal(2, outcome.Code);
        Assert.Single(outcome.Error.Split("2 processes cannot share").Skip(1));
        Assert.False(Directory.Exists(_folder.File("refused")));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Train(string output, params string[] more)
    {
        var recipe = _folder.File("recipe.json");
        if (!File.Exists(recipe))
            File.WriteAllText(recipe, Recipe);
        return
        [
            "train",
            "vae",
            "--recipe",
            recipe,
            "--output-dir",
            _folder.File(output),
            "--cache-dir",
            _folder.File("cache"),
            "--mixed-precision",
            "no",
            .. more,
        ];
    }

    private static void Done(MpiJob.Outcome outcome) => Assert.True(outcome.Code == 0, outcome.Error);

    private double Difference(string one, string other)
    {
        using var scope = NewDisposeScope();
        using var first = SafetensorsFile.Open(Path.Combine(_folder.File(one), "checkpoint-4", TrainingCheckpoint.State));
        using var second = SafetensorsFile.Open(Path.Combine(_folder.File(other), "checkpoint-4", TrainingCheckpoint.State));
        return first
            .Entries.Keys.Where(name => name.StartsWith("weight/", StringComparison.Ordinal))
            .Max(name => (double)(first.Read(name) - second.Read(name)).abs().max().item<float>());
    }
}
