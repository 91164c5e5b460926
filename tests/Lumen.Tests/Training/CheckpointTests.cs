using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private static readonly TrainingOptions Options = new()
    {
        MaxTrainSteps = 60,
        TrainBatchSize = 4,
        CheckpointingSteps = 20,
        CheckpointsTotalLimit = 3,
        ValidationSteps = 60,
    };
    private readonly TempFolder _folder = new();

    public static TheoryData<string, string> Damages =>
        new()
        {
            { "negative", "its step must be 0 or more but is -5" },
            { "huge", "it was made at step 4611686018427387904, which is not the step that the folder's name says" },
            { "real", "its step must be one whole number (I64, no shape) but is F64 of the shape []" },
            { "list", "its step must be one whole number (I64, no shape) but is I64 of the shape [2]" },
            { "absent", "it does not say its step" },
            { "another", "it was made at step 57, which is not the step that the folder's name says" },
            { "nan", "weight/line.weight holds NaN or infinite numbers" },
            { "infinite", "average/line.bias holds NaN or infinite numbers" },
            { "shape", "second/line.weight has the shape [3], but the weight is [1, 3]" },
            { "lost", "it has no first/line.bias" },
            { "negative square", "second/line.weight holds negative numbers" },
            { "cut", "training_state.safetensors" },
        };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_checkpoint_is_refused_with_the_file_and_a_sound_one(string kind, string fault)
    {
        Trained(60);
        Damage("checkpoint-60", kind);
        var resumed = new Trainer(new LineTask(), Options, _folder.Path);
        var message = Assert.Throws<LumenException>(() => resumed.Resume("latest")).Message;
        Assert.Contains(Path.Combine("checkpoint-60", "training_state.safetensors"), message, StringComparison.Ordinal);
        Assert.Contains(fault, message, StringComparison.Ordinal);
        Assert.Contains($"{_folder.File("checkpoint-40")} is sound: resume from that one", message, StringComparison.Ordinal);
        Assert.Equal(0, resumed.Store.Step);
        Assert.Equal(40, resumed.Resume("40"));
    }

    [Fact]
    public void What_a_killed_run_left_is_no_checkpoint_and_is_taken_out_by_the_next_save()
    {
        foreach (var left in (string[])["checkpoint-20/lumen", ".checkpoint-40.new/lumen", ".checkpoint-10.removed"])
            Directory.CreateDirectory(_folder.File(left));
        var message = Assert.Throws<LumenException>(() => new Trainer(new LineTask(), Options, _folder.Path).Resume("latest")).Message;
        Assert.Contains(
            "there are none (checkpoint-20: without training_state.safetensors, so of no use)",
            message,
            StringComparison.Ordinal
        );
        Trained(60);
        Assert.Equal(
            ["checkpoint-20", "checkpoint-40", "checkpoint-60"],
            Directory.GetDirectories(_folder.Path, "*checkpoint*").Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ["training_state.safetensors"],
            Directory.GetFileSystemEntries(_folder.File("checkpoint-20")).Select(entry => Path.GetFileName(entry))
        );
    }

    [Fact]
    public void A_checkpoint_behind_the_end_of_the_run_is_refused()
    {
        Trained(60);
        var message = Assert
            .Throws<LumenException>(() => new Trainer(new LineTask(), Options with { MaxTrainSteps = 50 }, _folder.Path).Resume("latest"))
            .Message;
        Assert.Contains("was made at step 60, but the run ends at step 50", message, StringComparison.Ordinal);
        Assert.Contains($"{_folder.File("checkpoint-40")} is sound", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, new[] { 30L }, new[] { "retired-checkpoint-40", "retired-checkpoint-60" })]
    [InlineData(3, new[] { 20L, 30L }, new[] { "retired-checkpoint-40", "retired-checkpoint-60" })]
    public void What_was_just_saved_is_the_latest_although_an_older_line_of_training_went_further(int limit, long[] kept, string[] retired)
    {
        Trained(60);
        using var stop = new CancellationTokenSource();
        var options = Options with { CheckpointsTotalLimit = limit };
        var resumed = new Trainer(new LineTask((step, loss) => Stopped(step, loss, 29, stop)), options, _folder.Path);
        Assert.Equal(20, resumed.Resume("20"));
        Assert.Equal(["checkpoint-40", "checkpoint-60"], resumed.Left);
        Assert.False(resumed.Run(stop: stop.Token));
        Assert.Equal(kept, new TrainingCheckpoints(_folder.Path).Steps);
        Assert.Equal(retired, Directory.GetDirectories(_folder.Path, "retired-*").Select(Path.GetFileName).Order());
        Assert.Equal(30, new Trainer(new LineTask(), options, _folder.Path).Resume("latest"));
    }

    [Fact]
    public void Checkpoints_are_retired_once_more_under_another_name()
    {
        Trained(60);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var resumed = new Trainer(new LineTask(), Options, _folder.Path);
            resumed.Resume("20");
            Assert.True(resumed.Run(stop: TestContext.Current.CancellationToken));
        }
        Assert.Equal(
            ["retired-checkpoint-40", "retired-checkpoint-40-2", "retired-checkpoint-60", "retired-checkpoint-60-2"],
            Directory.GetDirectories(_folder.Path, "retired-*").Select(Path.GetFileName).Order()
        );
    }

    [Fact]
    public void A_run_that_diverges_names_a_sound_checkpoint_and_never_a_damaged_one()
    {
        var trainer = new Trainer(new LineTask((step, loss) => step == 45 ? loss * float.NaN : loss), Options, _folder.Path);
        Assert.Contains(
            $"{_folder.File("checkpoint-40")} is sound: resume from it",
            Assert.Throws<LumenException>(() => trainer.Run()).Message,
            StringComparison.Ordinal
        );
        Damage("checkpoint-40", "nan");
        var message = Assert.Throws<LumenException>(() => trainer.Run()).Message;
        Assert.Contains($"{_folder.File("checkpoint-20")} is sound: resume from it", message, StringComparison.Ordinal);
        Assert.DoesNotContain("checkpoint-40", message, StringComparison.Ordinal);
        Damage("checkpoint-20", "nan");
        Assert.Contains("No checkpoint in", Assert.Throws<LumenException>(() => trainer.Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_a_larger_model_is_refused()
    {
        Trained(20);
        Rewrite(
            "checkpoint-20",
            tensors =>
            {
                foreach (var part in (string[])["weight", "first", "second", "average"])
                    tensors[$"{part}/more.weight"] = ones(2);
            }
        );
        Assert.Contains(
            "holds 1 weights that this model does not have, the first is more.weight",
            Assert.Throws<LumenException>(() => new Trainer(new LineTask(), Options, _folder.Path).Resume("20")).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("checkpoint-20")]
    [InlineData("20")]
    [InlineData("latest")]
    public void A_checkpoint_is_named_by_step_folder_or_path(string which)
    {
        Trained(20);
        Assert.Equal(20, new Trainer(new LineTask(), Options, _folder.Path).Resume(which));
        Assert.Equal(20, new Trainer(new LineTask(), Options, _folder.Path).Resume(_folder.File("checkpoint-20") + "/"));
        Assert.Throws<LumenException>(() => new Trainer(new LineTask(), Options, _folder.Path).Resume("elsewhere/checkpoint-20"));
        Assert.Throws<LumenException>(() => new Trainer(new LineTask(), Options, _folder.Path).Resume("020"));
    }

    private static Tensor Stopped(long step, Tensor loss, long last, CancellationTokenSource stop)
    {
        if (step == last)
            stop.Cancel();
        return loss;
    }

    private void Trained(int steps) =>
        new Trainer(new LineTask(), Options with { MaxTrainSteps = steps }, _folder.Path).Run(stop: TestContext.Current.CancellationToken);

    private void Damage(string checkpoint, string kind)
    {
        if (kind == "cut")
        {
            using var file = File.OpenWrite(_folder.File($"{checkpoint}/training_state.safetensors"));
            file.SetLength(file.Length - 3);
            return;
        }
        Rewrite(
            checkpoint,
            tensors =>
            {
                switch (kind)
                {
                    case "negative":
                        tensors["step"] = tensor(-5L);
                        break;
                    case "huge":
                        tensors["step"] = tensor(1L << 62);
                        break;
                    case "real":
                        tensors["step"] = tensor(60.0);
                        break;
                    case "list":
                        tensors["step"] = tensor(new[] { 60L, 60L });
                        break;
                    case "absent":
                        tensors.Remove("step");
                        break;
                    case "another":
                        tensors["step"] = tensor(57L);
                        break;
                    case "nan":
                        tensors["weight/line.weight"] = full(1, 3, float.NaN);
                        break;
                    case "infinite":
                        tensors["average/line.bias"] = full(1, float.PositiveInfinity);
                        break;
                    case "shape":
                        tensors["second/line.weight"] = ones(3);
                        break;
                    case "lost":
                        tensors.Remove("first/line.bias");
                        break;
                    default:
                        tensors["second/line.weight"] = full(1, 3, -1f);
                        break;
                }
            }
        );
    }

    private void Rewrite(string checkpoint, Action<Dictionary<string, Tensor>> change)
    {
        using var scope = NewDisposeScope();
        var path = _folder.File($"{checkpoint}/training_state.safetensors");
        Dictionary<string, Tensor> tensors;
        Dictionary<string, string> notes;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = file.Entries.Keys.ToDictionary(name => name, name => file.Read(name));
            notes = file.Metadata.Where(note => note.Key != "format").ToDictionary();
        }
        change(tensors);
        SafetensorsWriter.Write(path, tensors, notes);
    }
}
