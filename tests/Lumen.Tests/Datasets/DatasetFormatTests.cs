using Lumen.Datasets;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Datasets;

public sealed class DatasetFormatTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Formats => [.. TinyDatasets.Formats];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_layout_is_found_out_and_every_item_has_its_files(string format)
    {
        var dataset = DatasetFormats.Open(new TinyDatasets(_folder.Path).Write(format));
        Assert.Equal(format.Split(' ')[0], dataset.Format);
        Assert.True(SplitNames.IsTraining(dataset.Splits[0]));
        Assert.True(SplitNames.IsHeldOut(dataset.Splits[1]));
        Assert.Equal(
            (TinyDatasets.Training, TinyDatasets.HeldOut),
            (dataset.Items(dataset.Splits[0]).Count(), dataset.Items(dataset.Splits[1]).Count())
        );
        Assert.All(
            dataset.Items(),
            item =>
            {
                Assert.True(File.Exists(dataset.FullPath(item.Picture)), item.Picture);
                Assert.NotEmpty(item.Labels);
                Assert.All(item.Labels, label => Assert.True(File.Exists(dataset.FullPath(label.Name)), label.Name));
            }
        );
        Assert.Distinct(dataset.Items().Select(item => item.Picture));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_sound_data_set_is_found_sound(string format)
    {
        var report = DatasetCheck.Run(DatasetFormats.Open(new TinyDatasets(_folder.Path).Write(format)));
        Assert.Empty(report.Faults);
        Assert.Equal(TinyDatasets.Training + TinyDatasets.HeldOut, report.Items);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void An_augmented_data_set_is_sound_and_holds_the_new_pictures_in_training_only(string format)
    {
        var dataset = DatasetFormats.Open(new TinyDatasets(_folder.File("from")).Write(format));
        var augmented = DatasetFormats.Open(Augmented(dataset, _folder.File("to"), withOriginals: true));
        Assert.Equal(dataset.Format, augmented.Format);
        Assert.Equal(dataset.Splits, augmented.Splits);
        var (training, heldOut) = (augmented.Splits[0], augmented.Splits[1]);
        Assert.Equal(
            (TinyDatasets.Training * 3, TinyDatasets.HeldOut),
            (augmented.Items(training).Count(), augmented.Items(heldOut).Count())
        );
        Assert.Empty(DatasetCheck.Run(augmented).Faults);

        var labels = dataset.Items(training).First().Labels.Count;
        Assert.All(augmented.Items(training), item => Assert.Equal(labels, item.Labels.Count));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void New_pictures_can_stand_alone(string format)
    {
        var dataset = DatasetFormats.Open(new TinyDatasets(_folder.File("from")).Write(format));
        var alone = DatasetFormats.Open(Augmented(dataset, _folder.File("to"), withOriginals: false));
        Assert.Equal(TinyDatasets.Training * 2, alone.Items(alone.Splits[0]).Count());
        Assert.All(
            alone.Items(alone.Splits[0]),
            item => Assert.All(item.Labels, label => Assert.True(File.Exists(alone.FullPath(label.Name)), label.Name))
        );
    }

    [Fact]
    public void A_layout_that_is_not_known_is_refused_with_all_that_are()
    {
        File.WriteAllText(_folder.File("readme.txt"), "nothing");
        var error = Assert.Throws<LumenException>(() => DatasetFormats.Open(_folder.Path));
        Assert.All(DatasetFormats.Names, name => Assert.Contains(name + ":", error.Message, StringComparison.Ordinal));
        Assert.Contains(
            "does not exist",
            Assert.Throws<LumenException>(() => DatasetFormats.Open(_folder.File("nowhere"))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "\"tfrecord\" is not known",
            Assert.Throws<LumenException>(() => DatasetFormats.Open(_folder.Path, "tfrecord")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_name_that_leads_out_of_the_data_set_is_refused()
    {
        new TinyDatasets(_folder.Path).Text("metadata.jsonl", """{"file_name": "../secret.png"}""" + "\n");
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Contains(
            "lies outside the data set",
            Assert.Throws<LumenException>(() => dataset.Items().Select(item => dataset.FullPath(item.Picture)).ToList()).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void CamVid_paths_are_rerooted_and_keep_their_beginning_in_new_lists()
    {
        var dataset = DatasetFormats.Open(new TinyDatasets(_folder.File("from")).Write("camvid"));
        Assert.Equal($"train/{TinyDatasets.NameOf("train", 0)}.png", dataset.Items("train").First().Picture);
        var lines = File.ReadAllLines(Path.Combine(Augmented(dataset, _folder.File("to"), withOriginals: true), "train.txt"));
        Assert.Equal(File.ReadAllLines(_folder.File("from/train.txt")), lines[..3]);
        Assert.Equal(
            $"/SegNet/CamVid/train/{TinyDatasets.NameOf("train", 0)}_lumen0.png "
                + $"/SegNet/CamVid/trainannot/{TinyDatasets.NameOf("train", 0)}_lumen0.png",
            lines[3]
        );
        Assert.Equal(File.ReadAllBytes(_folder.File("from/val.txt")), File.ReadAllBytes(_folder.File("to/val.txt")));
    }

    [Fact]
    public void Voc_lists_with_training_pictures_are_all_extended_and_palettes_stay()
    {
        var dataset = DatasetFormats.Open(new TinyDatasets(_folder.File("from")).Write("voc"));
        Augmented(dataset, _folder.File("to"), withOriginals: true);
        Assert.Equal(5 + 6, File.ReadAllLines(_folder.File("to/ImageSets/Segmentation/trainval.txt")).Length);
        var name = TinyDatasets.NameOf("train", 0).Replace(' ', '_');
        Assert.Equal(
            [$"{name} -1", $"{name}_lumen0 -1", $"{name}_lumen1 -1"],
            File.ReadAllLines(_folder.File("to/ImageSets/Main/car_train.txt"))
        );
        Assert.Equal(
            File.ReadAllBytes(_folder.File($"from/SegmentationClass/{name}.png")),
            File.ReadAllBytes(_folder.File($"to/SegmentationClass/{name}_lumen1.png"))
        );
    }

    [Theory]
    [InlineData("gtFine/train/köln/köln_000012_000019_gtFine_labelIds.png", 0, "gtFine/train/köln/köln_001012_000019_gtFine_labelIds.png")]
    [InlineData(
        "leftImg8bit/train/bad-honnef/bad-honnef_000000_000294_leftImg8bit.png",
        2,
        "leftImg8bit/train/bad-honnef/bad-honnef_003000_000294_leftImg8bit.png"
    )]
    public void New_Cityscapes_names_have_city_sequence_and_frame(string name, int number, string expected) =>
        Assert.Equal(expected, DatasetFormats.Open(new TinyDatasets(_folder.Path).Write("cityscapes")).VariantName(name, number));

    [Fact]
    public void Captions_come_from_metadata_scene_lists_and_annotations()
    {
        Assert.Equal("a street by day", First("imagefolder").Caption);
        Assert.Equal("living room", First("ade20k").Caption);
        Assert.Equal("a car 0", First("coco").Caption);
        Assert.Null(First("camvid").Caption);

        DatasetItem First(string format)
        {
            var dataset = DatasetFormats.Open(new TinyDatasets(_folder.File(format)).Write(format));
            return dataset.Items(dataset.Splits[0]).First();
        }
    }

    [Theory]
    [InlineData("train", true, false)]
    [InlineData("train2017", true, false)]
    [InlineData("Training", true, false)]
    [InlineData("val2017", false, true)]
    [InlineData("test-dev2017", false, true)]
    [InlineData("validation", false, true)]
    [InlineData("all", false, false)]
    [InlineData("testing", false, true)]
    public void Names_of_parts_tell_what_may_be_trained_on(string name, bool training, bool heldOut) =>
        Assert.Equal((training, heldOut), (SplitNames.IsTraining(name), SplitNames.IsHeldOut(name)));

    public void Dispose() => _folder.Dispose();

    /// <summary>Opens what <see cref="Augmented"/> makes, originals included.</summary>
    internal static Dataset Augment(Dataset dataset, string folder) => DatasetFormats.Open(Augmented(dataset, folder, withOriginals: true));

    /// <summary>Copies a data set and adds two copies of every training item as if they were new pictures.</summary>
    internal static string Augmented(Dataset dataset, string folder, bool withOriginals)
    {
        var variants = new List<DatasetVariant>();
        if (withOriginals)
        {
            foreach (var file in Directory.EnumerateFiles(dataset.Root, "*", SearchOption.AllDirectories))
                Copy(file, Path.Combine(folder, Path.GetRelativePath(dataset.Root, file)));
        }
        foreach (var item in dataset.Items(dataset.Splits[0]))
        {
            for (var number = 0; number < 2; number++)
            {
                foreach (var file in item.Labels.Select(label => label.Name).Append(item.Picture))
                    Copy(dataset.FullPath(file), Path.Combine(folder, dataset.VariantName(file, number)));
                variants.Add(new DatasetVariant(item.Picture, number, dataset.VariantName(item.Picture, number), "a street at night"));
            }
        }
        dataset.WriteLists(folder, new DatasetVariants(variants, withOriginals));
        return folder;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to);
    }
}
